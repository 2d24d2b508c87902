using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Playwright;

namespace Bleepay.Tests.Harness;

/// <summary>
/// A tab that can be frozen as browsers freeze those in the background. Playwright keeps its own pages visible, and a
/// visible page is never frozen, so this one is driven by the browser's protocol.
/// </summary>
internal sealed class BackgroundTab : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ICDPSession browser;
    private readonly string context;
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonElement>> waiting = new();
    private string session = "";
    private int lastId;

    private BackgroundTab(ICDPSession browser, string context)
    {
        this.browser = browser;
        this.context = context;
        browser.Event("Target.receivedMessageFromTarget").OnEvent += (_, message) => Receive(message!.Value);
    }

    public static async Task<BackgroundTab> Open(Browser browser, string url)
    {
        var protocol = await browser.Protocol();
        var context = Text(await protocol.SendAsync("Target.createBrowserContext"), "browserContextId");
        var target = Text(
            await protocol.SendAsync(
                "Target.createTarget", new() { ["url"] = url, ["browserContextId"] = context }),
            "targetId");
        var tab = new BackgroundTab(protocol, context);
        tab.session = Text(
            await protocol.SendAsync("Target.attachToTarget", new() { ["targetId"] = target, ["flatten"] = false }),
            "sessionId");
        return tab;
    }

    public Task Freeze() => Send("Page.setWebLifecycleState", new { state = "frozen" });

    public Task Wake() => Send("Page.setWebLifecycleState", new { state = "active" });

    /// <summary>The title of the state that the page shows.</summary>
    public async Task<string?> Title()
    {
        var answer = await Send(
            "Runtime.evaluate", new { expression = "document.querySelector('#state :is(h1, h2)')?.textContent" });
        return answer.GetProperty("result").TryGetProperty("value", out var title) ? title.GetString() : null;
    }

    /// <summary>Waits until the state has this title.</summary>
    public Task MustShow(string title) =>
        Eventually.Holds($"the tab shows '{title}'", Patience, async () => await Title() == title);

    public async ValueTask DisposeAsync()
    {
        await browser.SendAsync("Target.disposeBrowserContext", new() { ["browserContextId"] = context });
        await browser.DetachAsync();
    }

    private async Task<JsonElement> Send(string method, object parameters)
    {
        var id = Interlocked.Increment(ref lastId);
        var answer = waiting[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await browser.SendAsync("Target.sendMessageToTarget", new()
        {
            ["sessionId"] = session,
            ["message"] = JsonSerializer.Serialize(new { id, method, @params = parameters }),
        });
        return await answer.Task.WaitAsync(Patience);
    }

    private void Receive(JsonElement message)
    {
        using var answer = JsonDocument.Parse(message.GetProperty("message").GetString()!);
        if (answer.RootElement.TryGetProperty("id", out var id) && waiting.TryRemove(id.GetInt32(), out var asked))
            asked.SetResult(answer.RootElement.GetProperty("result").Clone());
    }

    private static string Text(JsonElement? answer, string name) => answer!.Value.GetProperty(name).GetString()!;
}
