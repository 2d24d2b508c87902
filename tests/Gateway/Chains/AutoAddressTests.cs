using System.Net;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Chains;

/// <summary>A session whose deposit address is <c>auto</c> gets one for itself.</summary>
[Collection(WatchedService.Name)]
public sealed class AutoAddressTests(WatchedService service)
{
    private static readonly string[] Ten = [.. Enumerable.Range(1, 10).Select(number => $"0x{number:x40}")];

    [Fact]
    public async Task Of_64_requests_at_once_ten_get_the_ten_addresses_and_the_others_a_429()
    {
        var widget = await WidgetWith(Ten);

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 64).Select(_ => service.Api.CreateSession(widget, Auto())));

        var opened = answers.Where(answer => answer.Status == HttpStatusCode.OK).ToList();
        Assert.Equal(Ten.Order(), opened.Select(answer => answer["depositAddress"]).Order());
        Assert.All(opened, answer => Assert.Contains(
            answer["depositAddress"]!, answer["paymentUri"]!, StringComparison.OrdinalIgnoreCase));
        foreach (var refused in answers.Except(opened))
        {
            refused.MustBe(HttpStatusCode.TooManyRequests, "rate_limit");
            Assert.InRange(int.Parse(refused.Headers.GetValues("Retry-After").Single(), null), 1, 60);
            Assert.Contains(
                "addresses", refused.Headers.GetValues("RateLimit-Policy").Single(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_cancelled_session_s_address_rests_and_another_token_has_it_at_once()
    {
        var widget = await WidgetWith(Ten[..1]);
        var session = await service.Api.NewSession(widget, Auto());
        (await service.Api.Cancel(session)).MustBeOk();

        (await service.Api.CreateSession(widget, Auto())).MustBe(HttpStatusCode.TooManyRequests, "rate_limit");
        var coin = await service.Api.NewSession(
            widget, Auto().With("currency", "POL").With("currencyAddress", ""));

        Assert.Equal(Ten[0], coin.Opened["depositAddress"]);
    }

    [Fact]
    public async Task The_same_key_returns_the_same_session_and_address_whatever_is_free()
    {
        var widget = await WidgetWith(Ten[..1]);

        var first = (await service.Api.CreateSession(widget, Auto(), "key-1")).MustBeOk();
        var second = (await service.Api.CreateSession(widget, Auto(), "key-1")).MustBeOk();

        Assert.Equal(first["id"], second["id"]);
        Assert.Equal((Ten[0], Ten[0]), (first["depositAddress"], second["depositAddress"]));
        (await service.Api.CreateSession(widget, Auto().With("depositAddress", Ten[0]), "key-1"))
            .MustBe(HttpStatusCode.Conflict, "idempotency_conflict");
        (await service.Api.CreateSession(widget, Auto(), "key-2"))
            .MustBe(HttpStatusCode.TooManyRequests, "rate_limit");
    }

    [Fact]
    public async Task Two_widgets_and_a_fixed_address_share_a_pool()
    {
        var one = await WidgetWith(Ten[..3]);
        var other = await WidgetWith(Ten[..3], one.Business);
        await service.Api.NewSession(one, Auto().With("depositAddress", Ten[1]));

        var (first, second) = (
            await service.Api.NewSession(one, Auto()), await service.Api.NewSession(other, Auto()));

        Assert.Equal((Ten[0], Ten[2]), (first.Opened["depositAddress"], second.Opened["depositAddress"]));
        (await service.Api.CreateSession(other, Auto())).MustBe(HttpStatusCode.TooManyRequests, "rate_limit");
    }

    [Fact]
    public async Task Auto_is_refused_without_addresses_to_choose_from_and_where_no_chain_is_watched()
    {
        var without = await WidgetWith(["0xMerchantWalletAddress"]);
        var ofToken = await WidgetWith([WatchedService.Usdc]);
        var widget = await WidgetWith(Ten);

        (await service.Api.CreateSession(without, Auto())).MustRefuse("depositAddress");
        (await service.Api.CreateSession(ofToken, Auto())).MustRefuse("depositAddress");
        (await service.Api.CreateSession(widget, Auto().With("network", "base"))).MustRefuse("depositAddress");
        (await service.Api.CreateSession(widget, Auto().With("depositAddress", "Auto"))).MustRefuse("depositAddress");
        (await service.Api.CreateSession(widget, Auto().With("amount", "0").With("network", "Polygon")))
            .MustRefuse("amount", "network");
    }

    [Fact]
    public async Task A_widget_s_default_may_be_auto_if_it_has_addresses()
    {
        var widget = await WidgetWith(Ten);
        var token = Tokens.For(widget.Business);
        var path = $"{widget.Path}/update-widget";

        (await service.Api.Post(path, new JsonObject().With("defaultDepositAddress", "auto"), token: token)).MustBeOk();
        (await service.Api.Post(
            path, new JsonObject().With("allowedDepositAddresses", new JsonArray("0xShop")), token: token))
            .MustRefuse("defaultDepositAddress");
    }

    private static JsonObject Auto() => Api.GoodSession().With("depositAddress", "auto");

    private Task<TestWidget> WidgetWith(string[] addresses, string? business = null) => service.Api.CreateWidget(
        Api.GoodWidget().With("allowedDepositAddresses", new JsonArray([.. addresses.Select(one => (JsonNode)one)])),
        business ?? Api.NewBusiness());
}
