using System.Text.Json;
using Microsoft.Playwright;

namespace Bleepay.Tests.Harness;

/// <summary>The checkout page in a customer's browser, and all that it asks of the network.</summary>
internal sealed class CustomerPage : IAsyncDisposable
{
    /// <summary>The folder for pictures of the pages; none are taken without it.</summary>
    private static readonly string? PicturesFolder =
        Environment.GetEnvironmentVariable("CHECKOUT_PICTURES") is { Length: > 0 } folder ? folder : null;

    private static readonly Lazy<string> Axe = new(() => File.ReadAllText(
        Path.Combine(NodeTools.Folder, "node_modules", "axe-core", "axe.min.js")));

    private readonly List<string> messages = [];
    private readonly List<string> requests = [];

    private CustomerPage(IPage page)
    {
        Page = page;
        page.Console += (_, message) => messages.Add(message.Text);
        page.PageError += (_, error) => messages.Add(error);
        page.Request += (_, request) => requests.Add(request.Url);
    }

    public IPage Page { get; }

    /// <summary>What the page wrote to its console, uncaught errors included.</summary>
    public IReadOnlyList<string> Messages => messages;

    /// <summary>The URLs of its requests, in their order.</summary>
    public IReadOnlyList<string> Requests => requests;

    public ILocator Title => Page.Locator("#state :is(h1, h2)");

    public ILocator Text => Page.Locator("#state p");

    public ILocator Code => Page.Locator(".qr svg");

    /// <summary>A phone in portrait.</summary>
    public static BrowserNewContextOptions Phone => new()
    {
        ViewportSize = new() { Width = 390, Height = 844 },
        IsMobile = true,
        HasTouch = true,
        ReducedMotion = ReducedMotion.Reduce,
    };

    /// <summary>A window on a desk, with the dark theme.</summary>
    public static BrowserNewContextOptions DarkDesk => new()
    {
        ViewportSize = new() { Width = 1280, Height = 800 },
        ColorScheme = ColorScheme.Dark,
        ReducedMotion = ReducedMotion.Reduce,
    };

    /// <summary>Opens a URL in a new window.</summary>
    public static async Task<CustomerPage> Open(Browser browser, string url, BrowserNewContextOptions? options = null)
    {
        var page = new CustomerPage(await browser.NewPage(options));
        await page.Page.GotoAsync(url);
        return page;
    }

    /// <summary>The page of a session, as its link opens it.</summary>
    public static Task<CustomerPage> Open(
        Browser browser, TestSession session, BrowserNewContextOptions? options = null, string? locale = null) =>
        Open(browser, LinkOf(session, locale), options);

    /// <summary>The link of a session, in a language or in the browser's.</summary>
    public static string LinkOf(TestSession session, string? locale = null)
    {
        var link = session.Opened["checkoutUrl"]!;
        return locale is null ? link : link.Replace("#", $"?locale={locale}#", StringComparison.Ordinal);
    }

    /// <summary>Waits until the state has this title.</summary>
    public Task MustShow(string title) => Assertions.Expect(Title).ToHaveTextAsync(title, new() { Timeout = 60_000 });

    /// <summary>Waits until the page shows the merchant, the last thing that it loads.</summary>
    public Task MustBeComplete() =>
        Assertions.Expect(Page.Locator("#head h1")).ToBeVisibleAsync(new() { Timeout = 60_000 });

    /// <summary>No rule of WCAG 2.0 to 2.2, levels A and AA, and none of axe's best practices is broken.</summary>
    public Task MustBeAccessible() => MustBeAccessible(Page.MainFrame);

    /// <inheritdoc cref="MustBeAccessible()"/>
    public static async Task MustBeAccessible(IFrame frame)
    {
        await frame.EvaluateAsync(Axe.Value);
        var violations = await frame.EvaluateAsync<JsonElement>(
            """
            async () => (await axe.run(document, {
              runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
            })).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
            """);
        Assert.Equal("[]", violations.ToString());
    }

    /// <summary>Takes a picture where pictures are asked for.</summary>
    public Task Picture(string name) => Picture(Page, name, isWhole: true);

    /// <inheritdoc cref="Picture(string)"/>
    /// <param name="page">Any page.</param>
    /// <param name="name">Of the file.</param>
    /// <param name="isWhole">True for all of the page, false for what its window shows.</param>
    public static async Task Picture(IPage page, string name, bool isWhole)
    {
        if (PicturesFolder is not null)
            await page.ScreenshotAsync(
                new() { Path = Path.Combine(PicturesFolder, $"{name}.png"), FullPage = isWhole });
    }

    /// <summary>
    /// Takes pictures of a session where they are asked for: on a phone and on a desk, light and dark, in a language
    /// that is written from the left and in one from the right.
    /// </summary>
    /// <param name="name">Of the state.</param>
    public static async Task Pictures(Browser browser, TestSession session, string name)
    {
        if (PicturesFolder is null) return;
        foreach (var (device, options) in new[] { ("phone", Phone), ("desk", DarkDesk) })
        {
            await using var page = await Open(browser, "about:blank", options);
            foreach (var language in new[] { "de", "ar" })
            {
                await page.Page.GotoAsync(LinkOf(session, language));
                await page.MustBeComplete();
                await Assertions.Expect(page.Title).ToBeVisibleAsync();
                foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
                {
                    await page.Page.EmulateMediaAsync(new() { ColorScheme = scheme });
                    await page.Picture($"{name} {device} {scheme} {language}");
                }
            }
        }
    }

    public async ValueTask DisposeAsync() => await Page.Context.CloseAsync();
}
