using Bleepay.Tests.Harness;
using Microsoft.Playwright;

namespace Bleepay.Tests.Gateway.Checkout;

/// <summary>A page catches up without a reload after its connection has died or the page was suspended.</summary>
[Collection(CheckoutService.Name)]
public sealed class CheckoutConnectionTests(CheckoutService service)
{
    /// <summary>Milliseconds longer than between two heartbeats, and shorter than what a dead connection is.</summary>
    private const int MissedHeartbeat = 20_000;

    private const int DeadMs = 46_000;

    /// <summary>Longer than the 15 s that a request waits for its answer. A page can't fake this clock.</summary>
    private const int RequestMsMax = 60_000;

    /// <summary>How long the first request after a cut waits for its answer; the next one twice as long.</summary>
    private const int AnswerMs = 3_000;

    /// <summary>Bytes no longer pass, and neither side of the connection is closed.</summary>
    [TheoryThatNeeds(Tool.Chromium)]
    [InlineData("visibilitychange")]
    [InlineData("pageshow")]
    [InlineData("online")]
    public async Task A_page_that_is_looked_at_again_leaves_its_dead_connection(string wake)
    {
        var session = await CheckoutService.NewSession(service.Host);
        using var relay = TcpRelay.To(service.Host.Http.BaseAddress!.AbsoluteUri);
        await using var page = await Open(session, relay);

        relay.Swallow();
        await PayUnseen(session, page);
        await page.Page.Clock.FastForwardAsync(MissedHeartbeat);
        Assert.Equal("Waiting for your payment", await page.Title.InnerTextAsync());
        if (wake == "online")
        {
            await page.Page.Context.SetOfflineAsync(true);
            await page.Page.Context.SetOfflineAsync(false);
        }
        else
        {
            await page.Page.EvaluateAsync(
                "(wake) => document.dispatchEvent(new Event(wake, { bubbles: true }))", wake);
        }

        await MustShowPaid(page, relay);
    }

    [FactThatNeeds(Tool.Chromium)]
    public async Task An_untouched_page_replaces_its_dead_connection_after_a_silence()
    {
        var session = await CheckoutService.NewSession(service.Host);
        using var relay = TcpRelay.To(service.Host.Http.BaseAddress!.AbsoluteUri);
        await using var page = await Open(session, relay);

        relay.Swallow();
        await PayUnseen(session, page);
        await page.Page.Clock.FastForwardAsync(DeadMs);

        await MustShowPaid(page, relay);
    }

    [FactThatNeeds(Tool.Chromium)]
    public async Task A_form_whose_connection_has_died_can_be_sent_again_and_opens_one_session()
    {
        var widget = await new Api(service.Host.Http).CreateWidget(Api.GoodWidget()
            .WithJson("allowedCurrencies", """["USDC"]""")
            .WithJson("allowedDepositAddresses", $"""["{CheckoutService.Deposit}"]"""));
        using var relay = TcpRelay.To(service.Host.Http.BaseAddress!.AbsoluteUri);
        var url = relay.Through($"http://service/pay/{widget.Id}#{widget.Secret}");
        await using var page = await CustomerPage.Open(service.Browser, url, CustomerPage.Phone);
        await page.Page.GetByLabel("How much?").FillAsync("12.5");
        var send = page.Page.GetByRole(AriaRole.Button, new() { Name = "Continue" });

        relay.Swallow();
        await send.ClickAsync();
        await relay.RequestIsLost();
        await Assertions.Expect(send).ToBeDisabledAsync();
        await Assertions.Expect(page.Page.Locator("#error"))
            .ToHaveTextAsync("That didn’t work. Try again.", new() { Timeout = RequestMsMax });
        await send.ClickAsync();

        await page.MustShow("Waiting for your payment");
        var list = $"/api/v1/businesses/{Api.Business}/deposit-sessions?widgetId={widget.Id}";
        var listed = await new Api(service.Host.Http).Get(list, token: Tokens.For(Api.Business));
        Assert.Single(listed.MustBeOk().Body.AsArray());
    }

    [FactThatNeeds(Tool.Chromium)]
    public async Task A_frozen_page_shows_the_payment_once_it_is_awake()
    {
        var session = await CheckoutService.NewSession(service.Host);
        await using var tab = await BackgroundTab.Open(service.Browser, session.Opened["checkoutUrl"]!);
        await tab.MustShow("Waiting for your payment");

        await tab.Freeze();
        await Pay(session);
        Assert.Equal("Waiting for your payment", await tab.Title());
        await tab.Wake();

        await tab.MustShow("Paid");
    }

    /// <summary>The page by way of the relay, with a clock that the test drives.</summary>
    private async Task<CustomerPage> Open(TestSession session, TcpRelay relay)
    {
        var page = await CustomerPage.Open(service.Browser, "about:blank", CustomerPage.Phone);
        await page.Page.Clock.InstallAsync();
        await page.Page.GotoAsync(relay.Through(session.Opened["checkoutUrl"]!));
        await page.MustShow("Waiting for your payment");
        await page.MustBeComplete();
        return page;
    }

    /// <summary>
    /// The browser may send requests on idle connections that are dead as well. The page waits for an answer to each,
    /// and not for long.
    /// </summary>
    private static async Task MustShowPaid(CustomerPage page, TcpRelay relay)
    {
        var paid = Assertions.Expect(page.Title).ToHaveTextAsync("Paid", new() { Timeout = 30_000 });
        for (var wait = AnswerMs; await Task.WhenAny(paid, relay.RequestIsLost()) != paid; wait *= 2)
            await page.Page.Clock.FastForwardAsync(wait);
        await paid;
        await Assertions.Expect(page.Page.Locator("#notice")).ToHaveTextAsync("");
    }

    /// <summary>Pays, and this page does not show it.</summary>
    private async Task PayUnseen(TestSession session, CustomerPage page)
    {
        await Pay(session);
        Assert.Equal("Waiting for your payment", await page.Title.InnerTextAsync());
    }

    /// <summary>Pays, and waits until another page shows it.</summary>
    private async Task Pay(TestSession session)
    {
        await using var other = await CustomerPage.Open(service.Browser, session);
        await other.MustShow("Waiting for your payment");
        await CheckoutService.Report(service.Host, session, "100", 20);
        await other.MustShow("Paid");
    }
}
