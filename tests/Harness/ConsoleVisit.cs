using Microsoft.Playwright;

namespace Bleepay.Tests.Harness;

/// <summary>A merchant's developer in the console of <see cref="CheckoutService"/>.</summary>
internal sealed class ConsoleVisit : IAsyncDisposable
{
    private readonly CustomerPage page;

    private ConsoleVisit(CustomerPage page) => this.page = page;

    public IPage Page => page.Page;

    /// <summary>What the page wrote to its console, uncaught errors included.</summary>
    public IReadOnlyList<string> Messages => page.Messages;

    /// <summary>The URLs of its requests, in their order.</summary>
    public IReadOnlyList<string> Requests => page.Requests;

    /// <summary>The items of the list that is open.</summary>
    public ILocator Rows => Page.Locator(".rows > li");

    public ILocator Heading => Page.Locator("h1");

    public ILocator TokenField => Page.GetByLabel("Token", new() { Exact = true });

    /// <summary>What the API has refused.</summary>
    public ILocator Alert => Page.GetByRole(AriaRole.Alert);

    /// <summary>Opens the page and nothing else.</summary>
    /// <param name="view">The fragment, such as <c>#sessions</c>.</param>
    public static async Task<ConsoleVisit> Open(
        CheckoutService service, BrowserNewContextOptions? options = null, string view = "") =>
        new(await CustomerPage.Open(
            service.Browser, new Uri(service.Host.Http.BaseAddress!, $"/console{view}").AbsoluteUri, options));

    /// <summary>Opens the page with a token that reads the business and assigns payments.</summary>
    public static async Task<ConsoleVisit> Open(
        CheckoutService service, string business, BrowserNewContextOptions? options = null, string view = "")
    {
        var visit = await Open(service, options, view);
        await visit.SignIn(Tokens.Reporter(business));
        return visit;
    }

    /// <summary>Pastes a token, whose claim offers the business.</summary>
    public async Task SignIn(string token)
    {
        await TokenField.FillAsync(token);
        await Press("Open");
        await Assertions.Expect(Page.Locator("#bar")).ToBeVisibleAsync();
    }

    /// <summary>Opens one of the four lists.</summary>
    public Task GoTo(string name) => Page.Locator("nav").GetByText(name).ClickAsync();

    public Task Press(string button) =>
        Page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();

    public Task Fill(string label, string value) => Page.GetByLabel(label, new() { Exact = true }).FillAsync(value);

    /// <summary>Opens the filters where they are closed, as on a phone.</summary>
    public async Task OpenFilters()
    {
        if (await Page.Locator(".filters[open]").CountAsync() == 0) await Page.Locator(".filters summary").ClickAsync();
    }

    public Task MustShow(string text) => Assertions.Expect(Page.GetByText(text).First).ToBeVisibleAsync();

    public Task MustHaveRows(int count) => Assertions.Expect(Rows).ToHaveCountAsync(count);

    /// <summary>The title, which has the status.</summary>
    public Task MustBeTitled(string text) => Assertions.Expect(Heading).ToHaveTextAsync(text);

    /// <summary>Nothing is wider than the window, no rule of accessibility is broken, no message was written.</summary>
    public async Task MustBeFine(string picture)
    {
        await page.Picture($"console {picture}");
        Assert.InRange(
            await Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"), 0, Page.ViewportSize!.Width);
        await page.MustBeAccessible();
        Assert.Empty(Messages);
    }

    public ValueTask DisposeAsync() => page.DisposeAsync();
}
