using Bleepay.Tests.Harness;
using Microsoft.Playwright;

namespace Bleepay.Tests.Gateway.Checkout;

/// <summary>Every state of a session as a customer sees it, on a phone and on a desk.</summary>
[Collection(CheckoutService.Name)]
public sealed class CheckoutScreenTests(CheckoutService service)
{
    /// <summary>Reports of payments, the title and the text that follow, and whether the page asks for money.</summary>
    public static TheoryData<string, string, string, string?, bool> Open => new()
    {
        { "created", "", "Waiting for your payment", null, true },
        { "seen", "100:5", "Payment seen", "5 of 20 confirmations", false },
        { "seen in part", "60:5", "Payment seen", "60 of 100 USDC seen. Send the rest to complete the payment.", true },
        { "underpaid", "60.5:20", "Still missing: 39.5 USDC", "60.5 USDC has arrived.", true },
        { "paid", "100:20", "Paid", "Thank you. 100 USDC has arrived.", false },
        { "overpaid", "112.25:20", "Paid, more than asked",
            "12.25 USDC too much has arrived. Ask Bleepay Roasters to return it.", false },
    };

    /// <summary>The same for sessions that end: what is reported before and after their end.</summary>
    public static TheoryData<string, string, string, string, string> Ended => new()
    {
        { "expired", "", "", "Time is up", "Do not send any more to this address." },
        { "expired in part", "30:20", "", "Time is up",
            "30 USDC has arrived, which is not enough. Bleepay Roasters has been notified: ask there for the rest or " +
            "a refund." },
        { "expired seen", "100:2", "", "Time is up",
            "Your payment was seen, but it came too late. Ask Bleepay Roasters about it, and do not send any more." },
        { "late", "", "100:20", "Arrived late",
            "100 USDC arrived after the time was up. Bleepay Roasters has been notified: ask there." },
    };

    [TheoryThatNeeds(Tool.Chromium, Tool.NodeTools)]
    [MemberData(nameof(Open))]
    public async Task A_session_is_shown_as_it_is(
        string state, string payments, string title, string? text, bool asksForMoney)
    {
        var session = await CheckoutService.NewSession(service.Host);
        await Report(service.Host, session, payments);

        await MustBeShown(session, state, title, text, asksForMoney);
    }

    [FactThatNeeds(Tool.Chromium, Tool.NodeTools)]
    public async Task A_cancelled_session_is_shown_as_such()
    {
        var session = await CheckoutService.NewSession(service.Host);
        (await new Api(service.Host.Http).Cancel(session)).MustBeOk();

        await MustBeShown(session, "cancelled", "Cancelled", "Do not send any more to this address.", false);
    }

    [TheoryThatNeeds(Tool.Chromium, Tool.NodeTools)]
    [MemberData(nameof(Ended))]
    public async Task A_page_of_an_ended_session_explains_where_the_money_is(
        string state, string before, string after, string title, string text)
    {
        var session = await CheckoutService.NewSession(service.Brief);
        await Report(service.Brief, session, before);
        await using var events = await EventStream.Open(service.Brief.Http, session);
        await events.Rest();
        await Report(service.Brief, session, after);

        await MustBeShown(session, state, title, text, false);
    }

    [FactThatNeeds(Tool.Chromium, Tool.NodeTools)]
    public async Task An_invalid_link_shows_an_error()
    {
        var session = await CheckoutService.NewSession(service.Host);
        var link = session.Opened["checkoutUrl"]!;
        var other = await new Api(service.Host.Http).CreateWidget();
        string[] links =
        [
            link.Replace("dep_secret_", "dep_secret_x", StringComparison.Ordinal),
            link.Split('#')[0],
            link.Replace(session.Widget.Id, other.Id, StringComparison.Ordinal),
            link.Replace(session.Widget.Id, "wdgt_unknown", StringComparison.Ordinal),
        ];

        foreach (var one in links)
        {
            await using var page = await CustomerPage.Open(service.Browser, one, CustomerPage.Phone);
            await page.MustShow("This payment link is not valid");
            Assert.Equal(0, await page.Page.GetByText(CheckoutService.Deposit[..6]).CountAsync());
            await page.MustBeAccessible();
        }
    }

    [TheoryThatNeeds(Tool.Chromium, Tool.NodeTools)]
    [InlineData("de", "ltr", "Wir warten auf Ihre Zahlung", "1.234,5")]
    [InlineData("ar", "rtl", "بانتظار دفعتك", "1,234.5")]
    [InlineData("pt-BR", "ltr", "À espera do seu pagamento", "1.234,5")]
    [InlineData("xx", "ltr", "Waiting for your payment", "1,234.5")]
    public async Task It_is_in_the_customers_language_with_latin_digits(
        string locale, string direction, string title, string amount)
    {
        var session = await CheckoutService.NewSession(service.Host, "1234.5");

        await using var page = await CustomerPage.Open(service.Browser, session, CustomerPage.Phone, locale);

        await page.MustShow(title);
        Assert.Equal(direction, await page.Page.EvaluateAsync<string>("document.dir"));
        Assert.Equal(amount, await page.Page.Locator(".big bdi").First.InnerTextAsync());
        await page.MustBeAccessible();
        await page.Picture($"language {locale}");
    }

    private async Task MustBeShown(TestSession session, string state, string title, string? text, bool asksForMoney)
    {
        foreach (var options in new[] { CustomerPage.Phone, CustomerPage.DarkDesk })
        {
            await using var page = await CustomerPage.Open(service.Browser, session, options);

            await page.MustShow(title);
            await Assertions.Expect(page.Page.GetByRole(AriaRole.Heading, new() { Name = "Pay Bleepay Roasters" }))
                .ToBeVisibleAsync();
            if (text is not null) await Assertions.Expect(page.Text).ToHaveTextAsync(text);
            Assert.Equal(asksForMoney ? 1 : 0, await page.Code.CountAsync());
            Assert.Equal(asksForMoney, await page.Page.Locator("#clock").CountAsync() == 1);
            Assert.Equal(state == "created", await page.Page.Locator("#cancel").CountAsync() == 1);
            await page.MustBeAccessible();
            Assert.Empty(page.Messages);
        }

        await CustomerPage.Pictures(service.Browser, session, state);
    }

    /// <param name="payments">Amounts with their confirmations, such as <c>60:5 40:20</c>.</param>
    private static async Task Report(ServiceHost host, TestSession session, string payments)
    {
        foreach (var payment in payments.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            await CheckoutService.Report(host, session, payment.Split(':')[0], int.Parse(payment.Split(':')[1]));
    }
}
