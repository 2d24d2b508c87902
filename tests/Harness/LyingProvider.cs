using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Bleepay.Tests.Harness;

/// <summary>Answers instead of a chain's node.</summary>
/// <param name="method">The method that is called.</param>
/// <param name="parameters">Its parameters.</param>
/// <param name="truth">The node's answer, which it may change.</param>
/// <returns>True if the answer was sent already.</returns>
internal delegate Task<bool> Lie(string method, JsonArray parameters, JsonObject truth, HttpContext http);

/// <summary>A provider in front of a real node, which changes answers as the test sets it.</summary>
internal sealed class LyingProvider : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly HttpClient node;
    private int requests;

    private LyingProvider(WebApplication app, HttpClient node) => (this.app, this.node) = (app, node);

    public string Url => app.Urls.First();

    /// <summary>Null to pass on the node's answers.</summary>
    public Lie? Lie { get; set; }

    /// <summary>Changes the answers to a batch, in the order of its requests; null to pass them on.</summary>
    public Action<JsonArray>? BatchLie { get; set; }

    /// <summary>The answer to each batch; null to pass it on.</summary>
    public string? WholeBatchLie { get; set; }

    /// <summary>The number of requests that have come, each batch counted once.</summary>
    public int Requests => requests;

    /// <summary>The number of answers that were changed.</summary>
    public int Lies { get; private set; }

    public static async Task<LyingProvider> Start(string nodeUrl)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var provider = new LyingProvider(builder.Build(), new HttpClient { BaseAddress = new Uri(nodeUrl) });
        provider.app.Run(provider.Answer);
        await provider.app.StartAsync();
        return provider;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        node.Dispose();
    }

    private async Task Answer(HttpContext http)
    {
        var text = await new StreamReader(http.Request.Body).ReadToEndAsync(http.RequestAborted);
        using var content = new StringContent(text, Encoding.UTF8, "application/json");
        using var answer = await node.PostAsync("", content, http.RequestAborted);
        var truth = await answer.Content.ReadAsStringAsync(http.RequestAborted);
        Interlocked.Increment(ref requests);
        var request = JsonNode.Parse(text)!;
        var changed = JsonNode.Parse(truth)!;
        (JsonNode?, JsonNode?)[] pairs =
            request is JsonArray batch ? [.. batch.Zip(changed.AsArray())] : [(request, changed)];
        foreach (var (asked, answered) in pairs)
            if (Lie is { } lie && await lie(
                asked!["method"]!.GetValue<string>(), asked["params"]!.AsArray(), answered!.AsObject(), http))
            {
                Lies++;
                return;
            }

        if (changed is JsonArray answers) BatchLie?.Invoke(answers);
        var isTrue = JsonNode.DeepEquals(changed, JsonNode.Parse(truth));
        if (changed is JsonArray && WholeBatchLie is { } whole) (Lies, truth) = (Lies + 1, whole);
        else if (!isTrue) (Lies, truth) = (Lies + 1, changed.ToJsonString());
        http.Response.StatusCode = (int)HttpStatusCode.OK;
        await http.Response.WriteAsync(truth, http.RequestAborted);
    }
}
