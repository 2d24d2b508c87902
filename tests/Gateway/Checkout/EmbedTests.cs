using Bleepay.Gateway.Checkout;
using Bleepay.Tests.Harness;
using Microsoft.Playwright;

namespace Bleepay.Tests.Gateway.Checkout;

/// <summary>The element that a shop puts on its page, in a real browser.</summary>
[Collection(CheckoutService.Name)]
public sealed class EmbedTests(CheckoutService service) : IDisposable
{
    private const int ScriptBytesMax = 4 * 1024;

    private readonly EmbeddingShop shop = new(service);

    [Fact]
    public void The_script_stays_small() => Assert.InRange(
        new EmbeddedAsset(EmbeddedAsset.Read("widget.js"), "text/javascript").CompressedSize, 1, ScriptBytesMax);

    [FactThatNeeds(Tool.Chromium)]
    public async Task A_shop_gets_every_event_from_the_click_to_the_payment()
    {
        await using var visit = await shop.Visit(EmbeddingShop.Fixed(await shop.NewWidget(), "12.50"));

        var session = await visit.Open();
        await shop.Report(session, "12.50", 0);
        await visit.MustShow("Payment seen");
        await shop.Report(session, "12.50", 20);
        await visit.MustShow("Paid");
        var paid = await visit.MustHear("paid");
        await visit.Page.Keyboard.PressAsync("Escape");
        await visit.MustHear("close");

        Assert.Equal("CONFIRMED", paid["paymentStatus"]!.GetValue<string>());
        Assert.Equal("open session change change change paid close", await visit.Heard());
        Assert.Equal(
            "1 2 3",
            await visit.Page.EvaluateAsync<string>(
                "() => heard.filter(({ name }) => name === 'change').map(({ detail }) => detail.sequence).join(' ')"));
        Assert.Equal(0, await visit.Dialog.CountAsync());
        Assert.True(await visit.Page.EvaluateAsync<bool>(
            "() => document.activeElement.shadowRoot?.activeElement?.tagName === 'BUTTON'"));
        Assert.All(visit.Requests, url => Assert.DoesNotContain("secret", url, StringComparison.Ordinal));
        Assert.DoesNotContain(
            "secret",
            await visit.Page.EvaluateAsync<string>(
                "() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }])"),
            StringComparison.Ordinal);
        Assert.Empty(visit.Messages);
    }

    [TheoryThatNeeds(Tool.Chromium)]
    [InlineData("")]
    [InlineData("mode=dialog")]
    [InlineData("mode=inline")]
    public async Task A_page_of_another_domain_gets_an_error_and_no_frame(string mode)
    {
        var widget = await shop.NewWidget(domains: """["other.example"]""");
        await using var visit = await shop.Visit($"{EmbeddingShop.Fixed(widget, "1")} {mode}");

        await visit.Button.ClickAsync();
        var error = await visit.MustHear("error");

        Assert.Equal("domain_not_allowed", error["code"]!.GetValue<string>());
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Alert))
            .ToHaveTextAsync("Payments are not set up for this website.");
        Assert.Equal(0, await visit.Page.Locator("bleepay-checkout iframe").CountAsync());
        Assert.Equal(0, await visit.Dialog.CountAsync());
        Assert.DoesNotContain(visit.Requests, url => url.Contains("/pay/", StringComparison.Ordinal));
    }

    [FactThatNeeds(Tool.Chromium)]
    public async Task The_fields_of_a_refusal_reach_the_shop()
    {
        var wrong = EmbeddingShop.Fixed(await shop.NewWidget(), "1.123456789");
        await using var visit = await shop.Visit(wrong);

        await visit.Button.ClickAsync();
        var error = await visit.MustHear("error");

        Assert.Equal("validation_failed", error["code"]!.GetValue<string>());
        Assert.NotEmpty(error["errors"]!["amount"]!.AsArray());
        await Assertions.Expect(visit.Dialog).ToHaveCountAsync(0);
    }

    [FactThatNeeds(Tool.Chromium)]
    public async Task A_shop_can_keep_the_dialog_closed_and_show_its_own_thanks()
    {
        await using var visit = await shop.Visit(EmbeddingShop.Fixed(await shop.NewWidget(), "2"));
        await visit.Page.EvaluateAsync("() => { window.prevented = ['open']; }");
        await visit.Button.ClickAsync();
        await visit.MustHear("open");
        Assert.Equal(0, await visit.Dialog.CountAsync());

        await visit.Page.EvaluateAsync("() => { window.prevented = ['paid']; }");
        await shop.Report(await visit.Open(), "2", 20);
        await visit.MustHear("paid");

        await Assertions.Expect(visit.Dialog).ToHaveCountAsync(0);
        Assert.EndsWith("paid close", await visit.Heard(), StringComparison.Ordinal);
    }

    [FactThatNeeds(Tool.Chromium)]
    public async Task A_shop_still_gets_the_paid_event_after_the_dialog_was_closed_with_a_payment_pending()
    {
        await using var visit = await shop.Visit(EmbeddingShop.Fixed(await shop.NewWidget(), "2"));
        var session = await visit.Open();
        await shop.Report(session, "2", 1);
        await visit.MustShow("Payment seen");
        await visit.Page.Keyboard.PressAsync("Escape");
        await visit.MustHear("close");

        await shop.Report(session, "2", 20);
        await visit.MustHear("paid");

        Assert.Equal("open session change change close change paid", await visit.Heard());
    }

    [FactThatNeeds(Tool.Chromium)]
    public async Task A_session_of_the_shops_server_shows_inline_without_a_click()
    {
        var session = await shop.NewSession(await shop.NewWidget());
        await using var visit = await shop.Visit(
            $"""widget="{session.Widget.Id}" session="{session.Id}" client-secret="{session.Secret}" mode="inline" """);

        await visit.MustShow("Waiting for your payment");
        Assert.False(await visit.Button.IsVisibleAsync());
        await visit.Page.EvaluateAsync("() => document.querySelector('bleepay-checkout').close()");

        Assert.True(await visit.Button.IsVisibleAsync());
        Assert.Equal("open session change close", await visit.Heard());
        Assert.Empty(visit.Messages);
    }

    [FactThatNeeds(Tool.Chromium)]
    public async Task A_wrong_secret_of_a_session_is_an_error()
    {
        var session = await shop.NewSession(await shop.NewWidget());
        await using var visit = await shop.Visit(
            $"""widget="{session.Widget.Id}" session="{session.Id}" client-secret="dep_secret_wrong" """);

        await visit.Button.ClickAsync();

        await visit.MustShow("This payment link is not valid");
        Assert.Equal("unauthorized", (await visit.MustHear("error"))["code"]!.GetValue<string>());
    }

    [FactThatNeeds(Tool.Chromium)]
    public async Task The_form_opens_a_session_of_the_shops_page()
    {
        await using var visit = await shop.Visit(
            EmbeddingShop.Form(await shop.NewWidget()) + EmbeddingShop.Way + "customer-reference=order_7");

        await visit.Button.ClickAsync();
        await visit.Frame.Locator("input").FillAsync("3.25");
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.MustShow("Waiting for your payment");

        var read = await shop.ReadAsMember(await visit.SessionId());
        Assert.Equal("3.25", read["amount"]);
        Assert.Equal("order_7", read["customerReference"]);
        await shop.Report(read["id"]!, "3.25", 20);
        await visit.MustHear("paid");
        Assert.Empty(visit.Messages);
    }

    [FactThatNeeds(Tool.Chromium)]
    public async Task A_checkout_page_that_does_not_load_is_an_error_instead_of_an_empty_dialog()
    {
        await using var visit = await shop.Visit(EmbeddingShop.Fixed(await shop.NewWidget(), "2"));
        await visit.Page.RouteAsync("**/pay/**", route => route.FulfillAsync(new() { Status = 502, Body = "bad" }));

        await visit.Button.ClickAsync();
        var error = await visit.MustHear("error");

        Assert.Equal("unavailable", error["code"]!.GetValue<string>());
        await Assertions.Expect(visit.Dialog).ToHaveCountAsync(0);
    }

    public void Dispose() => shop.Dispose();
}
