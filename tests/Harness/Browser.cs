using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Playwright;

namespace Bleepay.Tests.Harness;

/// <summary>A real browser, and a shop's page in it.</summary>
internal sealed class Browser : IAsyncDisposable
{
    /// <summary>The first is the same engine without a desktop; a page opens in a third of the time.</summary>
    private static readonly string[] Names =
        ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];

    private static readonly string[] Quiet =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync",

        // Pages with public names ask the service on this machine, which no shop's customer has to allow.
        "--disable-features=LocalNetworkAccessChecks",
    ];

    /// <summary>Ends a test whose page never answers. Playwright's own 30 s are too few on a loaded machine.</summary>
    private const int GiveUpAfterMs = 180_000;

    /// <summary>Ends a test whose page never shows what is expected, likewise instead of 5 s.</summary>
    private const int ExpectWithinMs = 60_000;

    private readonly IPlaywright playwright;
    private readonly IBrowser browser;

    private Browser(IPlaywright playwright, IBrowser browser)
    {
        this.playwright = playwright;
        this.browser = browser;
    }

    private static string? Program { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .SelectMany(folder => Names.Select(name => Path.Combine(folder, name)))
        .Where(File.Exists)
        .MinBy(path => Array.IndexOf(Names, Path.GetFileName(path)));

    public static bool IsFound() => Program is not null;

    public static async Task<Browser> Start()
    {
        Tools.Require(Tool.Chromium);
        HostNetwork.Prepare();
        Assertions.SetDefaultExpectTimeout(ExpectWithinMs);
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Program,
            Headless = true,
            Args = Quiet,
        });
        return new(playwright, browser);
    }

    public async Task<IPage> Open(string url)
    {
        var page = await NewPage();
        await page.GotoAsync(url);
        return page;
    }

    /// <summary>Opens a window that shares no storage with any other.</summary>
    public async Task<IPage> NewPage(BrowserNewContextOptions? options = null)
    {
        var context = await browser.NewContextAsync(options);
        context.SetDefaultTimeout(GiveUpAfterMs);
        return await context.NewPageAsync();
    }

    /// <summary>The browser's own protocol, for what Playwright does not do.</summary>
    public Task<ICDPSession> Protocol() => browser.NewBrowserCDPSessionAsync();

    /// <summary>Calls the service from a page as its script would.</summary>
    /// <returns>The status and body of the answer, or null when the browser does not let the page read it.</returns>
    public static async Task<(int Status, string Text)?> Fetch(
        IPage page, string method, string url, string secret, string? json)
    {
        var answer = await page.EvaluateAsync<JsonElement?>(
            """
            async ([method, url, secret, body]) => {
              const headers = { 'X-Client-Secret': secret, 'Content-Type': 'application/json' };
              try {
                const answer = await fetch(url, { method, headers, body });
                return { status: answer.status, text: await answer.text() };
              } catch (failure) {
                if (failure instanceof TypeError) return null;
                throw failure;
              }
            }
            """,
            new object?[] { method, url, secret, json });
        return answer is { ValueKind: JsonValueKind.Object } read
            ? (read.GetProperty("status").GetInt32(), read.GetProperty("text").GetString()!)
            : null;
    }

    public async ValueTask DisposeAsync()
    {
        await browser.DisposeAsync();
        playwright.Dispose();
    }
}

/// <summary>A web server with one empty page, which is what a shop is to the service.</summary>
internal sealed class ShopPage : IDisposable
{
    private readonly HttpListener listener = new();

    private ShopPage(string url)
    {
        Url = url;
        listener.Prefixes.Add(url);
        listener.Start();
        _ = Serve();
    }

    public string Url { get; }

    /// <summary>As a browser names this page to the service.</summary>
    public string Origin => Url.TrimEnd('/');

    /// <param name="host">A name of this machine's loopback.</param>
    public static ShopPage On(string host) => new($"http://{host}:{FreePort.Several(1)[0]}/");

    public void Dispose() => listener.Close();

    private async Task Serve()
    {
        while (listener.IsListening)
        {
            try
            {
                var context = await listener.GetContextAsync();
                context.Response.ContentType = "text/html";
                await context.Response.OutputStream.WriteAsync(
                    Encoding.UTF8.GetBytes("<!doctype html><title>Shop</title>"));
                context.Response.Close();
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }
}
