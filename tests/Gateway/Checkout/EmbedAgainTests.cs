using Bleepay.Tests.Harness;
using Microsoft.Playwright;

namespace Bleepay.Tests.Gateway.Checkout;

/// <summary>A customer who opens the checkout more than once, in a real browser.</summary>
[Collection(CheckoutService.Name)]
public sealed class EmbedAgainTests(CheckoutService service) : IDisposable
{
    private readonly EmbeddingShop shop = new(service);

    [FactThatNeeds(Tool.Chromium)]
    public async Task Closing_reloading_and_a_copied_tab_show_one_session_until_it_is_paid()
    {
        await using var visit = await shop.Visit(EmbeddingShop.Fixed(await shop.NewWidget(), "5"));
        var first = await visit.Open();

        await visit.Page.Keyboard.PressAsync("Escape");
        await visit.MustHear("close");
        Assert.Equal(first, await visit.Open());
        await visit.Page.ReloadAsync();
        Assert.Equal(first, await visit.Open());
        var copy = await visit.CopyTab();
        Assert.Equal(first, await copy.Open());

        await shop.Report(first, "5", 20);
        await visit.MustHear("paid");
        await visit.Page.Keyboard.PressAsync("Escape");
        await visit.MustHear("close");
        Assert.NotEqual(first, await visit.Open());
    }

    [FactThatNeeds(Tool.Chromium)]
    public async Task Two_clicks_at_once_open_one_session_also_on_two_elements()
    {
        var widget = await shop.NewWidget();
        var element = $"<bleepay-checkout {EmbeddingShop.Fixed(widget, "5")} mode=inline></bleepay-checkout>";
        await using var visit = await shop.VisitHtml(element + element);

        Assert.Equal(1, await DifferentSessions(visit, 3));
        await shop.Report(await visit.SessionId(), "5", 20);
        await visit.MustHear("paid");
        await visit.Page.EvaluateAsync(
            """
            () => {
              for (const one of document.querySelectorAll('bleepay-checkout')) one.close();
              heard.length = 0;
            }
            """);

        Assert.Equal(1, await DifferentSessions(visit, 3));
    }

    [FactThatNeeds(Tool.Chromium)]
    public async Task Another_amount_or_reference_is_another_session()
    {
        await using var visit = await shop.Visit(EmbeddingShop.Fixed(await shop.NewWidget(), "5"));
        var sessions = new HashSet<string> { await visit.Open() };
        foreach (var (name, value) in ((string, string)[])[("amount", "6"), ("customer-reference", "order_2")])
        {
            await visit.Page.Keyboard.PressAsync("Escape");
            await visit.MustHear("close");
            await Change(visit, name, value);
            sessions.Add(await visit.Open());
        }

        Assert.Equal(3, sessions.Count);
    }

    [FactThatNeeds(Tool.Chromium)]
    public async Task The_same_draft_with_another_email_is_a_new_session_instead_of_a_conflict()
    {
        await using var visit = await shop.Visit(EmbeddingShop.Fixed(await shop.NewWidget(), "5"));
        var first = await visit.Open();
        await visit.Page.Keyboard.PressAsync("Escape");
        await visit.MustHear("close");

        await Change(visit, "customer-email", "a@shop.example");

        Assert.NotEqual(first, await visit.Open());
    }

    [FactThatNeeds(Tool.Chromium)]
    public async Task A_form_that_is_opened_again_loses_no_payment_on_its_way()
    {
        await using var visit = await shop.Visit(EmbeddingShop.Form(await shop.NewWidget()) + EmbeddingShop.Way);
        await visit.Button.ClickAsync();
        await visit.Frame.Locator("input").FillAsync("5");
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.MustShow("Waiting for your payment");
        var session = await visit.SessionId();
        await shop.Report(session, "5", 1);
        await visit.MustShow("Payment seen");
        await visit.Page.Keyboard.PressAsync("Escape");
        await visit.MustHear("close");

        await visit.Button.ClickAsync();
        await Assertions.Expect(visit.Frame.GetByLabel("How much?")).ToBeVisibleAsync(
            new() { Timeout = 60_000 });
        await visit.Page.EvaluateAsync("() => { document.querySelector('bleepay-checkout').close(); }");
        await shop.Report(session, "5", 20);
        await visit.MustHear("paid");

        Assert.Equal("open session change change close open close change paid", await visit.Heard());
        Assert.Empty(visit.Messages);
    }

    public void Dispose() => shop.Dispose();

    /// <summary>Changes an attribute, and clears the list of events that the page has received.</summary>
    private static async Task Change(ShopVisit visit, string name, string value) => await visit.Page.EvaluateAsync(
        """
        ([name, value]) => {
          document.querySelector('bleepay-checkout').setAttribute(name, value);
          heard.length = 0;
        }
        """,
        new[] { name, value });

    /// <summary>Opens each element several times at once, and counts the sessions in the page's events.</summary>
    private static async Task<int> DifferentSessions(ShopVisit visit, int times) => await visit.Page.EvaluateAsync<int>(
        """
        async (times) => {
          const elements = [...document.querySelectorAll('bleepay-checkout')];
          await customElements.whenDefined('bleepay-checkout');
          await Promise.all(elements.flatMap((element) => Array.from({ length: times }, () => element.open())));
          const sessions = heard.filter(({ name }) => name === 'session').map(({ detail }) => detail.id);
          return sessions.length === elements.length ? new Set(sessions).size : -sessions.length;
        }
        """,
        times);
}
