using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Http;

/// <summary>A real browser shows the shop's page, and another site's page with the shop's secret.</summary>
[Collection(ServiceFixture.Name)]
public sealed class BrowserTests(ServiceFixture service)
{
    [FactThatNeeds(Tool.Chromium)]
    public async Task The_shop_s_page_opens_a_session_and_another_page_is_stopped_by_its_browser_and_by_the_service()
    {
        using var shop = ShopPage.On("localhost");
        using var other = ShopPage.On("127.0.0.1");
        var widget = await service.Api.CreateWidget(
            Api.GoodWidget().WithJson("allowedDomains", "[\"localhost\"]").With("maxOpenSessions", 1));
        var create = Url(widget.SessionsPath);
        var body = Api.GoodSession().ToJsonString();

        await using var browser = await Browser.Start();
        var stranger = await browser.Open(other.Url);
        Assert.Null(await Browser.Fetch(stranger, "POST", create, widget.Secret, body));
        var reason = await Browser.Fetch(stranger, "GET", Url(widget.ConfigPath), widget.Secret, null);
        Assert.Equal((200, "{\"config\":null,\"reason\":\"domain_not_allowed\"}"), reason);

        // Driven to send it without a preflight, the browser still names the page, and the service refuses.
        var refusals = Refusals();
        await stranger.RouteAsync("**/create-session", route => route.ContinueAsync());
        Assert.Null(await Browser.Fetch(stranger, "POST", create, widget.Secret, body));
        Assert.Equal(refusals + 1, Refusals());

        // The one place is still free: the other site's request had no effect.
        var page = await browser.Open(shop.Url);
        var (status, text) = (await Browser.Fetch(page, "POST", create, widget.Secret, body))!.Value;
        Assert.Equal(200, status);
        var session = JsonNode.Parse(text)!;
        var secret = TestLog.Remember(session["clientSecret"]!.GetValue<string>());
        var path = Url($"/api/v1/widgets/deposit-sessions/{session["id"]}");
        var read = await Browser.Fetch(page, "GET", path, secret, null);
        Assert.Equal("CREATED", JsonNode.Parse(read!.Value.Text)!["paymentStatus"]!.GetValue<string>());

        // What is refused can be read as well.
        Assert.Equal(429, (await Browser.Fetch(page, "POST", create, widget.Secret, body))!.Value.Status);
        Assert.Equal(401, (await Browser.Fetch(page, "POST", create, "wrong", body))!.Value.Status);
        var cancelled = await Browser.Fetch(page, "POST", $"{path}/cancel-session", secret, null);
        Assert.Equal(200, cancelled!.Value.Status);
    }

    /// <summary>How often the service has refused a page so far.</summary>
    private int Refusals() => service.Host.LogText.Split("was refused with 403 domain_not_allowed").Length - 1;

    private string Url(string path) => new Uri(service.Host.Http.BaseAddress!, path).AbsoluteUri;
}
