using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Checkout;

/// <summary>What a checkout page gets beside the session.</summary>
[Collection(WatchedService.Name)]
public sealed class SessionCheckoutTests(WatchedService service)
{
    private const string Shop = "0x52908400098527886E0F7030069857D2E4169EE7";

    private Api Api => service.Api;

    [Fact]
    public async Task It_names_the_merchant_the_network_and_the_currency()
    {
        var widget = await Api.CreateWidget(Api.GoodWidget()
            .With("name", "Roasters")
            .With("color", "#336699FF")
            .With("emoji", "☕")
            .With("iconUrl", "https://shop.example/icon.png")
            .With("successUrl", "https://shop.example/paid")
            .With("cancelUrl", "https://shop.example/cart")
            .WithJson("allowedDomains", """["*.shop.example","other.example"]"""));
        var session = await Open(widget);

        var read = (await Api.Get($"{session.Path}/checkout", session.Secret)).MustBeOk();

        Assert.Equal(
            """
            {"merchant":{"name":"Roasters","iconUrl":"https://shop.example/icon.png","color":"#336699FF","emoji":"☕",
            "domain":"shop.example"},"successUrl":"https://shop.example/paid","cancelUrl":"https://shop.example/cart",
            "network":{"name":"Polygon","chainId":137,"explorerUrl":"https://polygonscan.com"},
            "currency":{"symbol":"USDC","decimals":6},"watched":true,"sandbox":false}
            """.ReplaceLineEndings(""),
            read.Text);
        Assert.Equal(
            read.Text,
            (await Api.Get($"{session.Path}/checkout", token: Tokens.For(Api.Business))).MustBeOk().Text);
    }

    [Fact]
    public async Task It_follows_the_widget_until_that_is_deleted()
    {
        var widget = await Api.CreateWidget();
        var session = await Open(widget);
        (await Api.Manage(widget, "update-widget", new JsonObject { ["name"] = "New name" }))
            .MustBeOk();
        (await Api.Manage(widget, "disable-widget")).MustBeOk();

        var disabled = (await Api.Get($"{session.Path}/checkout", session.Secret)).MustBeOk();
        (await Api.Manage(widget, "delete-widget")).MustBeOk();
        var deleted = (await Api.Get($"{session.Path}/checkout", session.Secret)).MustBeOk();

        Assert.Equal("New name", disabled.Body["merchant"]!["name"]!.GetValue<string>());
        Assert.Null(deleted.Body["merchant"]);
        Assert.Equal("USDC", deleted.Body["currency"]!["symbol"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("tron", "USDT", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "TXYZ", "null", "null")]
    [InlineData("polygon", "OTHER", "0xde709f2102306220921060314715629080e2fb77", Shop, "Polygon", "null")]
    public async Task What_the_deployment_does_not_know_is_null_and_not_watched(
        string network, string currency, string currencyAddress, string depositAddress, string name, string symbol)
    {
        var session = await Api.NewSession(await Api.CreateWidget(), Api.GoodSession()
            .With("network", network)
            .With("currency", currency)
            .With("currencyAddress", currencyAddress)
            .With("depositAddress", depositAddress));

        var read = (await Api.Get($"{session.Path}/checkout", session.Secret)).MustBeOk();

        Assert.Equal(name, read.Body["network"]?["name"]?.GetValue<string>() ?? "null");
        Assert.Equal(symbol, read.Body["currency"]?["symbol"]?.GetValue<string>() ?? "null");
        Assert.False(read.Body["watched"]!.GetValue<bool>());
    }

    private Task<TestSession> Open(TestWidget widget) => Api.NewSession(widget, Api.GoodSession()
        .With("network", "polygon")
        .With("currency", "USDC")
        .With("currencyAddress", WatchedService.Usdc)
        .With("depositAddress", Shop));
}
