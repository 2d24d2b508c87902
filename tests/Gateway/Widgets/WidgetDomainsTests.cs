using Bleepay.Gateway.Widgets;
using Bleepay.Grains;
using Bleepay.Grains.Businesses;
using Bleepay.Grains.Widgets;
using Bleepay.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;

namespace Bleepay.Tests.Gateway.Widgets;

/// <summary>What a gateway remembers of widgets, for how long, and how much of it.</summary>
[Collection(ServiceFixture.Name)]
public sealed class WidgetDomainsTests(ServiceFixture service)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly WidgetSecretHolder Holder = new([1]);
    private static readonly Refusal NotFound = Refusal.NotFound("widget");

    private IGrainFactory Grains => service.Host.Services.GetRequiredService<IGrainFactory>();

    [Fact]
    public async Task An_unknown_id_is_remembered_for_a_second_at_most()
    {
        var id = $"wdgt_{Guid.NewGuid():N}";
        (await service.Api.Get($"/api/v1/widgets/{id}/config", "wdgt_secret_x")).MustBe(
            System.Net.HttpStatusCode.NotFound, "not_found");

        var business = Api.NewBusiness();
        var made = await Grains.GetGrain<IBusinessGrain>(business).CreateWidget(
            new CreateWidget(id, business, new WidgetSettings { Name = "Shop" }, [1], []));
        Assert.NotNull(made.Value);
        await Eventually.Past(DateTimeOffset.UtcNow + WidgetDomains.AgeMax);

        (await service.Api.Get($"/api/v1/widgets/{id}/config", "wdgt_secret_x")).MustBeUnauthorized();
        Assert.InRange(WidgetDomains.AgeMax, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Only_a_widget_that_is_not_there_is_remembered_as_unknown()
    {
        using var domains = new WidgetDomains(Grains);

        domains.Learn("wdgt_foreign", new Member([Api.Business]), NotFound);
        domains.Learn("wdgt_busy", Holder, new Refusal(RefusalCode.RateLimit, "Later."));
        Assert.Equal(0, domains.Count);
        domains.Learn("wdgt_none", Holder, NotFound);
        Assert.Equal(1, domains.Count);
        await Eventually.Holds("the id is forgotten", Deadline, () => Task.FromResult(!domains.IsUnknown("wdgt_none")));
    }

    [Fact]
    public void An_id_of_another_form_is_unknown_without_being_remembered()
    {
        using var domains = new WidgetDomains(Grains);

        Assert.True(domains.IsUnknown("wdgt_"));
        Assert.True(domains.IsUnknown("dep_a"));
        Assert.Equal(0, domains.Count);
    }

    [Fact]
    public void Made_up_ids_fill_no_more_memory_than_is_set_aside()
    {
        const int most = WidgetDomains.SizeMax / WidgetDomains.EntrySize;
        using var domains = new WidgetDomains(Grains);

        for (var number = 0; number < 2 * most; number++) domains.Learn($"wdgt_{number}", Holder, NotFound);

        Assert.InRange(domains.Count, 1, most);
    }
}
