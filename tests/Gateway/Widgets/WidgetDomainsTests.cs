using Bleepay.Gateway;
using Bleepay.Gateway.Widgets;
using Bleepay.Grains;
using Bleepay.Grains.Businesses;
using Bleepay.Grains.Widgets;
using Bleepay.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;

namespace Bleepay.Tests.Gateway.Widgets;

/// <summary>What a gateway caches of widgets, for how long, and how much of it.</summary>
[Collection(ServiceFixture.Name)]
public sealed class WidgetDomainsTests(ServiceFixture service)
{
    private static readonly WidgetSecretHolder Holder = new([1]);
    private static readonly Refusal NotFound = Refusal.NotFound("widget");

    private IGrainFactory Grains => service.Host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>A look-up would find the widget: only a test can create one under a chosen id.</summary>
    [Fact]
    public async Task A_made_up_id_that_is_sent_again_costs_no_look_up()
    {
        var id = $"wdgt_{Guid.NewGuid():N}";
        await Preflight(id);
        var business = Api.NewBusiness();
        var made = await Grains.GetGrain<IBusinessGrain>(business).CreateWidget(
            new Member([business]), new CreateWidget(id, business, new WidgetSettings { Name = "Shop" }, [1], []));
        Assert.NotNull(made.Value);
        await Eventually.Past(DateTimeOffset.UtcNow + WidgetDomains.AgeMax);

        (await service.Api.Get($"/api/v1/widgets/{id}/config", "wdgt_secret_x")).MustBe(
            System.Net.HttpStatusCode.NotFound, "not_found");
        Assert.InRange(WidgetDomains.UnknownAgeMax, WidgetDomains.AgeMax, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void Only_a_widget_that_does_not_exist_is_cached_as_unknown()
    {
        using var domains = New();

        domains.CacheIfUnknown("wdgt_foreign", new Member([Api.Business]), NotFound);
        domains.CacheIfUnknown("wdgt_busy", Holder, new Refusal(RefusalCode.RateLimit, "Later."));
        Assert.Equal(0, domains.Count);
        domains.CacheIfUnknown("wdgt_none", Holder, NotFound);
        Assert.Equal(1, domains.Count);
        Assert.True(domains.IsUnknown("wdgt_none"));
    }

    [Fact]
    public void An_id_of_another_form_is_unknown_and_not_cached()
    {
        using var domains = New();

        Assert.True(domains.IsUnknown("wdgt_"));
        Assert.True(domains.IsUnknown("dep_a"));
        Assert.Equal(0, domains.Count);
    }

    [Fact]
    public void Made_up_ids_fill_no_more_memory_than_is_set_aside()
    {
        const int most = WidgetDomains.SizeMax / WidgetDomains.EntrySize;
        using var domains = New();

        for (var number = 0; number < 2 * most; number++) domains.CacheIfUnknown($"wdgt_{number}", Holder, NotFound);

        Assert.InRange(domains.Count, 1, most);
    }

    private WidgetDomains New() => new(new GrainCalls(Grains, TimeProvider.System), TimeProvider.System);

    private Task<Answer> Preflight(string id)
    {
        var request = new HttpRequestMessage(HttpMethod.Options, $"/api/v1/widgets/{id}/create-session");
        request.Headers.Add("Origin", "https://shop.example");
        request.Headers.Add("Access-Control-Request-Method", "POST");
        return service.Api.Send(request);
    }
}
