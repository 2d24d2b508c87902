using System.Text.RegularExpressions;
using Bleepay.Gateway.Http;
using Bleepay.Tests.Harness;
using Microsoft.Playwright;

namespace Bleepay.Tests.Gateway.Checkout;

/// <summary>
/// A shop's page keeps the script that it has loaded while the service is upgraded: the script and the page of two
/// releases take a payment together.
/// </summary>
[Collection(CheckoutService.Name)]
public sealed partial class EmbedReleaseTests(CheckoutService service) : IDisposable
{
    private static readonly string Previous =
        Path.Combine(SourceFolder.Root, "tests", "Gateway", "Checkout", "Previous");

    private readonly EmbeddingShop shop = new(service);

    [TheoryThatNeeds(Tool.Chromium)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_script_and_the_page_of_two_releases_take_a_payment(bool isScriptPrevious)
    {
        var widget = await shop.NewWidget();
        await using var visit = await ShopVisit.To("about:blank", service.Browser, CustomerPage.Phone);
        var sent = isScriptPrevious
            ? await SendPreviousScript(visit.Page)
            : await SendPreviousPage(visit.Page);
        await visit.Page.GotoAsync(shop.Page(EmbeddingShop.Form(widget) + EmbeddingShop.Way));

        await visit.Button.ClickAsync();
        await visit.Frame.Locator("input").FillAsync("5");
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.MustShow("Waiting for your payment");
        var session = await visit.SessionId();
        await shop.Report(session, "5", 1);
        await visit.MustShow("Payment seen");
        await shop.Report(session, "5", 20);
        await visit.MustShow("Paid");
        await visit.MustHear("paid");
        await visit.Frame.GetByRole(AriaRole.Button, new() { Name = "Close", Exact = true }).Last.ClickAsync();
        await visit.MustHear("close");

        Assert.Equal("open session change change change paid close", await visit.Heard());
        Assert.NotEmpty(sent);
        Assert.Empty(visit.Messages);
    }

    public void Dispose() => shop.Dispose();

    /// <returns>The URLs that were answered so, as they come.</returns>
    private static async Task<List<string>> SendPreviousScript(IPage page)
    {
        var sent = new List<string>();
        await page.RouteAsync("**/v1/widget.js", route =>
        {
            sent.Add(route.Request.Url);
            return route.FulfillAsync(new()
            {
                Path = Path.Combine(Previous, "widget.js"),
                ContentType = "text/javascript",
                Headers = new Dictionary<string, string> { ["Access-Control-Allow-Origin"] = "*" },
            });
        });
        return sent;
    }

    /// <summary>The page has the service's own headers, but for the hashes of its script and styles.</summary>
    /// <inheritdoc cref="SendPreviousScript" path="/returns"/>
    private static async Task<List<string>> SendPreviousPage(IPage page)
    {
        var sent = new List<string>();
        var html = await File.ReadAllTextAsync(Path.Combine(Previous, "pay.html"));
        await page.RouteAsync("**/pay/**", async route =>
        {
            sent.Add(route.Request.Url);
            var answer = await route.FetchAsync();
            var headers = answer.Headers.ToDictionary();
            var policy = headers["content-security-policy"];
            policy = ScriptSource().Replace(policy, $"script-src {InlineHashes.OfModules(html)}");
            policy = StyleSource().Replace(policy, $"style-src {InlineHashes.OfStyles(html)}");
            headers["content-security-policy"] = policy;
            headers.Remove("content-encoding");
            headers.Remove("content-length");
            await route.FulfillAsync(new() { Status = answer.Status, Headers = headers, Body = html });
        });
        return sent;
    }

    [GeneratedRegex("script-src [^;]*")]
    private static partial Regex ScriptSource();

    [GeneratedRegex("style-src [^;]*")]
    private static partial Regex StyleSource();
}
