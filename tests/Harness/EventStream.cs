using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;

namespace Bleepay.Tests.Harness;

/// <summary>One session's events, read as they come.</summary>
internal sealed class EventStream : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HttpResponseMessage response;
    private readonly IAsyncEnumerator<SseItem<string>> events;

    private EventStream(HttpResponseMessage response, Stream body)
    {
        this.response = response;
        events = SseParser.Create(body).EnumerateAsync().GetAsyncEnumerator();
    }

    /// <summary>Opens a stream that must open, by the session's own secret or by a token.</summary>
    public static async Task<EventStream> Open(
        HttpClient http, TestSession session, string? lastEventId = null, string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, session.EventsPath);
        if (token is null) request.Headers.Add("X-Client-Secret", session.Secret);
        else request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (lastEventId is not null) request.Headers.Add("Last-Event-ID", lastEventId);
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Patience);
        Assert.Equal("text/event-stream", response.EnsureSuccessStatusCode().Content.Headers.ContentType!.MediaType);
        return new EventStream(response, await response.Content.ReadAsStreamAsync());
    }

    /// <summary>The next event; null when the stream has ended.</summary>
    public async Task<Frame?> Next() => await events.MoveNextAsync().AsTask().WaitAsync(Patience)
        ? new Frame(events.Current.EventId, events.Current.EventType, JsonNode.Parse(events.Current.Data)!)
        : null;

    /// <summary>All that are still to come.</summary>
    public async Task<IReadOnlyList<Frame>> Rest()
    {
        var rest = new List<Frame>();
        while (await Next() is { } frame) rest.Add(frame);
        return rest;
    }

    public async ValueTask DisposeAsync()
    {
        response.Dispose();
        await events.DisposeAsync();
    }
}

/// <summary>One event.</summary>
internal sealed record Frame(string? Id, string Type, JsonNode Session)
{
    public string Status => Session["paymentStatus"]!.GetValue<string>();
}
