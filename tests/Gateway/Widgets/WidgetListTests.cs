using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Widgets;

/// <summary>The widgets of a business, newest first, and as much of them as is asked for.</summary>
[Collection(ServiceFixture.Name)]
public sealed class WidgetListTests(ServiceFixture service)
{
    public static TheoryData<string, string[]> Pages => new()
    {
        { "", ["d", "c", "b", "a"] },
        { "limit=1", ["d"] },
        { "limit=2", ["d", "c"] },
        { "limit=1000", ["d", "c", "b", "a"] },
        { "offset=0", ["d", "c", "b", "a"] },
        { "offset=1&limit=2", ["c", "b"] },
        { "offset=3&limit=2", ["a"] },
        { "offset=4", [] },
        { "offset=10000", [] },
        { "since={b}", ["d", "c"] },
        { "until={c}", ["b", "a"] },
        { "since={a}&until={d}", ["c", "b"] },
        { "since={a}&until={d}&limit=1&offset=1", ["b"] },
        { "since=0", ["d", "c", "b", "a"] },
        { "until=0", [] },
        { "since={d}", [] },
        { "since=253402300799999", [] },
        { "unknown=1", ["d", "c", "b", "a"] },
    };

    public static TheoryData<string, string> Bad => new()
    {
        { "limit=0", "limit" },
        { "limit=1001", "limit" },
        { "limit=-1", "limit" },
        { "limit=", "limit" },
        { "limit=1.0", "limit" },
        { "limit=%201", "limit" },
        { "limit=ten", "limit" },
        { "limit=1&limit=2", "limit" },
        { "offset=-1", "offset" },
        { "offset=10001", "offset" },
        { "since=-1", "since" },
        { "since=2026-06-01T12:00:00Z", "since" },
        { "since=253402300800000", "since" },
        { "until=99999999999999999999", "until" },
    };

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task A_page_has_the_widgets_that_the_query_asks_for(string query, string[] expected)
    {
        var business = Api.NewBusiness();
        foreach (var name in (string[])["a", "b", "c", "d"])
        {
            var widget = await service.Api.CreateWidget(Api.GoodWidget().With("name", name), business);
            var createdAt = DateTimeOffset.Parse((await service.Api.ReadAsMember(widget))["createdAt"]!, null);
            query = query.Replace($"{{{name}}}", $"{createdAt.ToUnixTimeMilliseconds()}", StringComparison.Ordinal);
            await Eventually.Past(createdAt.AddMilliseconds(2));
        }

        Assert.Equal(expected, Names(await List(business, query)));
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task A_query_out_of_range_is_refused_by_name(string query, string parameter) =>
        (await List(Api.NewBusiness(), query)).MustRefuse(parameter);

    [Fact]
    public async Task Every_bad_parameter_is_reported_in_one_answer() =>
        (await List(Api.NewBusiness(), "limit=0&offset=x&since=x&until=x"))
            .MustRefuse("limit", "offset", "since", "until");

    [Fact]
    public async Task A_list_shows_each_widget_as_a_single_read_does_and_never_a_secret()
    {
        var business = Api.NewBusiness();
        var first = await service.Api.CreateWidget(business: business);
        var second = await service.Api.CreateWidget(business: business);
        await service.Api.CreateWidget(business: Api.NewBusiness());

        var list = (await List(business)).MustBeOk();

        var expected = new JsonArray(
            (await service.Api.ReadAsMember(second)).Body, (await service.Api.ReadAsMember(first)).Body);
        Assert.Equal(expected.ToJsonString(), list.Body.ToJsonString());
        Assert.DoesNotContain("secret", list.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_business_without_widgets_has_an_empty_list() =>
        Assert.Equal("[]", (await List(Api.NewBusiness())).MustBeOk().Text);

    private Task<Answer> List(string business, string query = "") =>
        service.Api.Get($"/api/v1/businesses/{business}/widgets?{query}", token: Tokens.For(business));

    private static IEnumerable<string> Names(Answer list) =>
        list.MustBeOk().Body.AsArray().Select(widget => widget!["name"]!.GetValue<string>());
}
