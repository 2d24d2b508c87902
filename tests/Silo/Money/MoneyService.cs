using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo.Money;

/// <summary>
/// The service as a process that is killed or stopped in between. A request that comes while it is down is retried
/// until it is answered.
/// </summary>
internal sealed class MoneyService : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly TemporaryFolder folder = new();
    private readonly Dictionary<string, string?> settings;
    private readonly HttpClient streams = new() { Timeout = Timeout.InfiniteTimeSpan };
    private ServiceProcess process = null!;
    private int answers;

    private MoneyService(Dictionary<string, string?> settings) => this.settings = settings;

    /// <summary>The requests that have been answered so far.</summary>
    public int Answers => Volatile.Read(ref answers);

    public Api Api => Volatile.Read(ref process).Api;

    /// <param name="server">Null for SQLite.</param>
    /// <param name="lifetime">Of its sessions.</param>
    public static async Task<MoneyService> Start(PostgreSqlServer? server, TimeSpan lifetime)
    {
        var settings = server is null ? [] : Databases.SettingsOf(server);
        settings["Sessions:Lifetime"] = $"{lifetime}";
        settings["Webhooks:AllowPrivateNetworks"] = "true";

        // At the same address, so that the cluster finds out at once that the process before it is gone.
        settings["Cluster:SiloPort"] = $"{FreePort.Several(1)[0]}";
        settings["Webhooks:RetrySchedule"] = string.Join(',', Enumerable.Repeat("00:00:01", 30));
        var service = new MoneyService(settings);
        service.process = await ServiceProcess.Start(service.folder.Path, settings);
        return service;
    }

    /// <summary>Ends it, at once or as an orchestrator does, and starts it again on what it has stored.</summary>
    public async Task Replace(bool isKilled)
    {
        var ended = process;
        if (isKilled) ended.Kill();
        else Assert.Equal(0, await ended.Stop());
        var next = await ServiceProcess.Start(folder.Path, settings);
        Volatile.Write(ref process, next);
        await ended.DisposeAsync();
    }

    /// <returns>The answer, and whether the request was sent more than once.</returns>
    public async Task<(Answer Answer, bool IsRepeated)> Ask(Func<Api, Task<Answer>> send, TimeSpan patience)
    {
        var isRepeated = false;
        Answer? answer = null;
        await Eventually.Holds("a request is not answered", patience, async () =>
        {
            answer = await TrySend(send);
            isRepeated |= answer is null;
            return answer is not null;
        });
        Interlocked.Increment(ref answers);
        return (answer!, isRepeated);
    }

    /// <summary>Every frame of a session until the stream is complete, across all interruptions.</summary>
    public async Task<IReadOnlyList<Frame>> Follow(TestSession session, TimeSpan patience)
    {
        var frames = new List<Frame>();
        await Eventually.Holds("a stream does not end", patience, async () =>
        {
            try
            {
                return await ReadStream(session, frames);
            }
            catch (Exception away) when (IsAway(away))
            {
                return false;
            }
        });
        return frames;
    }

    public async ValueTask DisposeAsync()
    {
        streams.Dispose();
        await process.DisposeAsync();
        folder.Dispose();
    }

    /// <summary>Null where it was not answered, or only with "not available at the moment".</summary>
    private async Task<Answer?> TrySend(Func<Api, Task<Answer>> send)
    {
        try
        {
            var answer = await send(Api);
            return answer.Status == HttpStatusCode.ServiceUnavailable ? null : answer;
        }
        catch (Exception away) when (IsAway(away))
        {
            await Task.Delay(Pause);
            return null;
        }
    }

    private static bool IsAway(Exception failure) =>
        failure is HttpRequestException { StatusCode: null } or IOException or OperationCanceledException
            or ObjectDisposedException;

    /// <returns>True for the one answer after which a client does not come back.</returns>
    private async Task<bool> ReadStream(TestSession session, List<Frame> frames)
    {
        var address = new Uri(new Uri(Volatile.Read(ref process).Address), session.EventsPath);
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Add("X-Client-Secret", session.Secret);
        if (frames.Count > 0) request.Headers.Add("Last-Event-ID", frames[^1].Id);
        using var response = await streams.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (response.StatusCode == HttpStatusCode.NoContent) return true;
        if (response.StatusCode == HttpStatusCode.ServiceUnavailable) return false;

        var body = await response.EnsureSuccessStatusCode().Content.ReadAsStreamAsync();
        await foreach (var item in SseParser.Create(body).EnumerateAsync())
            frames.Add(new Frame(item.EventId, item.EventType, JsonNode.Parse(item.Data)!));
        return false;
    }
}
