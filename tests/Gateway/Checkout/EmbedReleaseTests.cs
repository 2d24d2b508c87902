using Bleepay.Tests.Harness;
using Microsoft.Playwright;

namespace Bleepay.Tests.Gateway.Checkout;

/// <summary>
/// A shop's page keeps the script that it has loaded while the service is upgraded: the script and the page of two
/// releases take a payment together.
/// </summary>
[Collection(CheckoutService.Name)]
public sealed class EmbedReleaseTests(CheckoutService service) : IDisposable
{
    private readonly EmbeddingShop shop = new(service);

    [TheoryThatNeeds(Tool.Chromium)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_script_and_the_page_of_two_releases_take_a_payment(bool isScriptPrevious)
    {
        var widget = await shop.NewWidget();
        await using var visit = await ShopVisit.To("about:blank", service.Browser, CustomerPage.Phone);
        var sent = isScriptPrevious
            ? await PreviousRelease.SendScript(visit.Page)
            : await PreviousRelease.SendPage(visit.Page);
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
}
