using System.Net;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Widgets;

/// <summary>A business has ten widgets at most, however they are asked for.</summary>
[Collection(Databases.Name)]
public sealed class BusinessLimitTests(Databases databases)
{
    private const int WidgetsMax = 10;

    [Theory]
    [OnEachDatabase]
    public async Task Of_a_hundred_creations_at_once_exactly_ten_succeed(string provider)
    {
        var api = new Api((await databases.Host(provider)).Http);
        var business = Api.NewBusiness();

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Create(api, business)));

        var created = answers.Where(answer => answer.Status == HttpStatusCode.OK)
            .Select(answer => answer.Body["widget"]!["id"]!.GetValue<string>())
            .ToList();
        Assert.Equal(WidgetsMax, created.Distinct().Count());
        Assert.Equal(WidgetsMax, created.Count);
        foreach (var refused in answers.Where(answer => answer.Status != HttpStatusCode.OK))
            refused.MustRefuse("business");
        Assert.Equal(created.Order(), (await Ids(api, business)).Order());
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_deleted_widget_frees_its_place_and_another_business_is_not_concerned(string provider)
    {
        var api = new Api((await databases.Host(provider)).Http);
        var business = Api.NewBusiness();
        var widgets = new List<TestWidget>();
        for (var number = 0; number < WidgetsMax; number++) widgets.Add(await api.CreateWidget(business: business));

        (await Create(api, business)).MustRefuse("business");
        await api.CreateWidget(business: Api.NewBusiness());
        (await api.Manage(widgets[3], "delete-widget")).MustBeOk();
        var eleventh = await api.CreateWidget(business: business);
        (await Create(api, business)).MustRefuse("business");

        Assert.Equal(
            widgets.Select(widget => widget.Id).Where(id => id != widgets[3].Id).Append(eleventh.Id).Reverse(),
            await Ids(api, business));
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_refused_widget_does_not_count_and_all_its_faults_are_reported_at_once(string provider)
    {
        var api = new Api((await databases.Host(provider)).Http);
        var business = Api.NewBusiness();
        for (var number = 0; number < WidgetsMax + 1; number++)
            (await Create(api, business, name: "")).MustRefuse("name");

        for (var number = 0; number < WidgetsMax; number++) await api.CreateWidget(business: business);

        (await Create(api, business, name: "")).MustRefuse("name", "business");
    }

    private static Task<Answer> Create(Api api, string business, string name = "Shop") => api.Post(
        $"/api/v1/businesses/{business}/widgets/create-widget", Api.GoodWidget().With("name", name),
        token: Tokens.For(business));

    private static async Task<IEnumerable<string>> Ids(Api api, string business) =>
        (await api.Get($"/api/v1/businesses/{business}/widgets", token: Tokens.For(business))).MustBeOk()
            .Body.AsArray().Select(widget => widget!["id"]!.GetValue<string>());
}
