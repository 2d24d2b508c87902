using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Bleepay.Tests.Harness;

/// <summary>A merchant's server: it keeps every webhook that it is sent, and answers as the test sets it.</summary>
internal sealed class Inbox : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<Received> received = new();
    private Func<HttpContext, Received, Task> answer;

    private Inbox(Func<HttpContext, Received, Task> answer, int port)
    {
        this.answer = answer;
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls($"http://127.0.0.1:{port}");
        builder.Logging.ClearProviders();
        app = builder.Build();
        app.Run(Receive);
    }

    public string Url => app.Urls.First() + "/hook";

    /// <summary>Everything so far, in the order of arrival.</summary>
    public IReadOnlyCollection<Received> Received => received;

    /// <param name="answer">By default 200 with nothing in it.</param>
    /// <param name="port">By default one that is free.</param>
    public static async Task<Inbox> Open(Func<HttpContext, Received, Task>? answer = null, int port = 0)
    {
        var inbox = new Inbox(answer ?? ((_, _) => Task.CompletedTask), port);
        await inbox.app.StartAsync();
        return inbox;
    }

    public static Func<HttpContext, Received, Task> Status(int status) => (http, _) =>
    {
        http.Response.StatusCode = status;
        return Task.CompletedTask;
    };

    public void AnswerFromNowOn(Func<HttpContext, Received, Task> with) => Volatile.Write(ref answer, with);

    /// <summary>The events that have arrived, each once, in the order of their first arrival.</summary>
    public IReadOnlyList<Received> FirstArrivals => [.. received.DistinctBy(one => one.EventId)];

    /// <summary>The events of each session arrived in the order of their sequence.</summary>
    public void MustBeInOrder() => Assert.All(
        FirstArrivals.GroupBy(one => one.SessionId),
        session => Assert.Equal(session.Select(one => one.Sequence).Order(), session.Select(one => one.Sequence)));

    public Task Holds(int count, TimeSpan? within = null) => Eventually.True(
        () => received.Count >= count, within ?? TimeSpan.FromSeconds(30),
        () => $"{received.Count} webhooks have arrived, not {count}");

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private async Task Receive(HttpContext http)
    {
        using var body = new StreamReader(http.Request.Body);
        var one = new Received(
            await body.ReadToEndAsync(),
            http.Request.Headers.ToDictionary(
                header => header.Key.ToUpperInvariant(), header => header.Value.ToString()),
            DateTimeOffset.UtcNow);
        received.Enqueue(one);
        await Volatile.Read(ref answer)(http, one);
    }
}

/// <summary>A webhook as it arrived.</summary>
internal sealed record Received(string Text, IReadOnlyDictionary<string, string> Headers, DateTimeOffset At)
{
    public JsonNode Body { get; } = JsonNode.Parse(Text)!;

    public string EventId => Body["id"]!.GetValue<string>();

    public string Type => Body["type"]!.GetValue<string>();

    public string SessionId => Body["data"]!["sessionId"]!.GetValue<string>();

    public int Sequence => Body["data"]!["sequence"]!.GetValue<int>();

    public DateTimeOffset CreatedAt => Body["createdAt"]!.GetValue<DateTimeOffset>();

    public string Header(string name) => Headers[name.ToUpperInvariant()];
}
