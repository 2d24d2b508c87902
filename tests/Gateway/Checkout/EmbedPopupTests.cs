using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Checkout;

/// <summary>The checkout in a pop-up window, in a real browser.</summary>
[Collection(CheckoutService.Name)]
public sealed class EmbedPopupTests(CheckoutService service) : IDisposable
{
    private readonly EmbeddingShop shop = new(service);

    /// <summary>A page that isolates itself loses hold of the window, and follows the session all the same.</summary>
    [TheoryThatNeeds(Tool.Chromium)]
    [InlineData("unsafe-none")]
    [InlineData("same-origin")]
    [InlineData("same-origin-allow-popups")]
    public async Task A_shop_gets_the_events_of_a_payment_in_a_popup(string openerPolicy)
    {
        var widget = await shop.NewWidget(renderMode: "POPUP");
        await using var visit = await shop.Visit(
            EmbeddingShop.Fixed(widget, "7") + "locale=de",
            headers: new Dictionary<string, string> { ["Cross-Origin-Opener-Policy"] = openerPolicy });
        await visit.MustHaveReadTheConfiguration();

        var popup = await visit.Page.Context.RunAndWaitForPageAsync(() => visit.Button.ClickAsync());
        visit.Watch(popup);
        await ShopVisit.MustShow(popup.Locator("#state :is(h1, h2)"), "Wir warten auf Ihre Zahlung");
        var session = await visit.SessionId();
        await shop.Report(session, "7", 1);
        await shop.Report(session, "7", 20);
        await visit.MustHear("paid");

        Assert.Equal("open session change change change paid", await visit.Heard());
        Assert.Contains($"/pay/{widget.Id}/{session}?locale=de#dep_secret_", popup.Url, StringComparison.Ordinal);
        Assert.Empty(visit.Messages);
    }

    [FactThatNeeds(Tool.Chromium)]
    public async Task A_second_click_shows_the_same_session()
    {
        await using var visit = await shop.Visit(EmbeddingShop.Fixed(await shop.NewWidget(), "7") + "mode=popup");
        var popup = await visit.Page.Context.RunAndWaitForPageAsync(() => visit.Button.ClickAsync());
        var first = await visit.SessionId();
        await ShopVisit.MustShow(popup.Locator("#state :is(h1, h2)"), "Waiting for your payment");
        await popup.CloseAsync();

        var again = await visit.Page.Context.RunAndWaitForPageAsync(() => visit.Button.ClickAsync());
        await ShopVisit.MustShow(again.Locator("#state :is(h1, h2)"), "Waiting for your payment");

        Assert.Equal(first, await visit.SessionId());
    }

    [FactThatNeeds(Tool.Chromium)]
    public async Task A_popup_that_is_blocked_becomes_a_dialog()
    {
        await using var visit = await shop.Visit(EmbeddingShop.Fixed(await shop.NewWidget(), "7") + "mode=popup");
        await visit.Page.EvaluateAsync("() => { window.open = () => null; }");

        await visit.Open();

        Assert.Equal(1, await visit.Dialog.CountAsync());
        Assert.Single(visit.Page.Context.Pages);
    }

    [FactThatNeeds(Tool.Chromium)]
    public async Task A_popup_is_closed_where_no_session_opens()
    {
        var wrong = EmbeddingShop.Fixed(await shop.NewWidget(), "1.1234567");
        await using var visit = await shop.Visit(wrong + "mode=popup");

        var closed = new TaskCompletionSource();
        visit.Page.Context.Page += (_, popup) => popup.Close += (_, _) => closed.TrySetResult();
        await visit.Button.ClickAsync();
        await visit.MustHear("error");

        await closed.Task.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal("open error close", await visit.Heard());
    }

    public void Dispose() => shop.Dispose();
}
