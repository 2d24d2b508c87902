using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace Bleepay.Tests.Harness;

/// <summary>A customer on a shop's page, the events that the page receives, and all requests of the browser.</summary>
internal sealed class ShopVisit : IAsyncDisposable
{
    /// <summary>It runs before the page's own scripts, and no policy of the page applies to it.</summary>
    private const string Listen =
        """
        if (window === top && !window.heard) {
          window.heard = [];
          for (const name of ['open', 'session', 'change', 'paid', 'expired', 'close', 'error'])
            window.addEventListener(`bleepay-${name}`, (event) => {
              heard.push({ name, detail: structuredClone(event.detail) });
              if ((window.prevented ?? []).includes(name)) event.preventDefault();
            });
        }
        """;

    private readonly List<string> messages = [];
    private readonly List<string> requests = [];

    private ShopVisit(IPage page)
    {
        Page = page;
        Watch(page);
    }

    public IPage Page { get; }

    /// <summary>The button of the element.</summary>
    public ILocator Button => Page.Locator("bleepay-checkout button");

    /// <summary>The dialog while it is open.</summary>
    public ILocator Dialog => Page.Locator("bleepay-checkout dialog[open]");

    /// <summary>The checkout page in its frame.</summary>
    public IFrameLocator Frame => Page.FrameLocator("bleepay-checkout iframe");

    /// <summary>What pages wrote to their consoles, uncaught errors included.</summary>
    public IReadOnlyList<string> Messages => messages;

    public IReadOnlyList<string> Requests => requests;

    public static async Task<ShopVisit> To(string url, Browser browser, BrowserNewContextOptions? options = null)
    {
        var visit = new ShopVisit(await browser.NewPage(options));
        await visit.Page.Context.AddInitScriptAsync(Listen);
        await visit.Page.GotoAsync(url);
        return visit;
    }

    /// <summary>The tab once more, with a copy of its storage, as browsers duplicate one.</summary>
    public async Task<ShopVisit> CopyTab() => new(await Page.Context.RunAndWaitForPageAsync(
        () => Page.EvaluateAsync("() => { window.open(location.href); }")));

    /// <summary>Records another window of the same customer too.</summary>
    public void Watch(IPage page)
    {
        page.Console += (_, message) => messages.Add(message.Text);
        page.PageError += (_, error) => messages.Add(error);
        page.Request += (_, request) => requests.Add(request.Url);
    }

    /// <summary>Waits until the checkout in the frame has this title.</summary>
    public Task MustShow(string title) => MustShow(Frame.Locator("#state :is(h1, h2)"), title);

    public static Task MustShow(ILocator state, string title) =>
        Assertions.Expect(state).ToHaveTextAsync(title, new() { Timeout = 60_000 });

    /// <summary>Opens the checkout by a click, and waits until its frame shows the session.</summary>
    public async Task<string> Open()
    {
        await Button.ClickAsync();
        await MustShow("Waiting for your payment");
        return await SessionId();
    }

    /// <summary>Waits for what the element reads ahead, so that a click needs no wait.</summary>
    public Task MustHaveReadTheConfiguration() => Page.WaitForFunctionAsync(
        "() => performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/config'))");

    /// <summary>The id of the session in the latest event of the page.</summary>
    public async Task<string> SessionId() =>
        (await MustHear("session"))["id"]!.GetValue<string>();

    /// <summary>The names of the events so far, in their order.</summary>
    public Task<string> Heard() => Page.EvaluateAsync<string>("() => heard.map(({ name }) => name).join(' ')");

    /// <summary>Waits for an event.</summary>
    /// <returns>The detail of the latest of that name.</returns>
    public async Task<JsonNode> MustHear(string name)
    {
        await Page.WaitForFunctionAsync("(name) => heard.some((event) => event.name === name)", name);
        return JsonNode.Parse((await Page.EvaluateAsync<JsonElement>(
            "(name) => heard.findLast((event) => event.name === name).detail", name)).GetRawText())!;
    }

    public async ValueTask DisposeAsync() => await Page.Context.CloseAsync();
}
