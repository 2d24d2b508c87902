using System.Collections.Concurrent;
using System.Globalization;
using System.Net;

namespace Bleepay.Tests.Harness;

/// <summary>
/// Clients that open, read and cancel sessions at a steady pace, each request through another node. A request
/// that fails is sent again, with its key, until it is answered.
/// </summary>
internal sealed class ClusterLoad(ServiceCluster cluster, TestWidget widget)
{
    /// <summary>Some 200 requests a second: the nodes serve them, and the machine has room for other tests.</summary>
    public const int Clients = 8;

    private const int CancelOneOf = 10;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan AnswersWithin = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, string> sessions = new();
    private readonly ConcurrentQueue<FailedRequest> failures = new();
    private readonly ConcurrentQueue<string> wrong = new();
    private int answered;
    private long answeredAt;

    /// <summary>Every session that was acknowledged, and its secret.</summary>
    public IReadOnlyDictionary<string, string> Acknowledged => sessions;

    /// <summary>Requests that got a 5xx or lost their connection.</summary>
    public IReadOnlyCollection<FailedRequest> Failures => failures;

    /// <summary>Answers that no failure excuses.</summary>
    public IReadOnlyCollection<string> Wrong => wrong;

    /// <summary>How many requests were answered as they should.</summary>
    public int Answered => answered;

    /// <summary>When a request that was sent after this moment was first answered; null if none was yet.</summary>
    public DateTimeOffset? FirstAnsweredAt { get; private set; }

    /// <summary>Ends when this many requests more have been answered.</summary>
    public Task Answers(int more)
    {
        var until = Volatile.Read(ref answered) + more;
        return Eventually.True(
            () => Volatile.Read(ref answered) >= until, AnswersWithin,
            () => $"{until - Volatile.Read(ref answered)} of {more} requests are answered");
    }

    /// <summary>Ends when this many requests more have failed.</summary>
    public Task Fails(int more)
    {
        var until = failures.Count + more;
        return Eventually.True(
            () => failures.Count >= until, AnswersWithin, () => $"{until - failures.Count} of {more} requests fail");
    }

    /// <summary>Begins to look out for the next answer to a request that is sent from now on.</summary>
    public void AwaitAnswer()
    {
        FirstAnsweredAt = null;
        Volatile.Write(ref answeredAt, DateTimeOffset.UtcNow.Ticks);
    }

    /// <summary>Keeps the load up while something happens.</summary>
    public async Task During(Func<Task> events)
    {
        using var end = new CancellationTokenSource();
        var running = Run(end.Token);
        try
        {
            await events();
        }
        finally
        {
            await end.CancelAsync();
            await running;
        }
    }

    /// <summary>Runs until it is cancelled; then each client finishes what it has begun.</summary>
    private Task Run(CancellationToken end) =>
        Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Client(client, end)));

    private async Task Client(int client, CancellationToken end)
    {
        for (var number = 0; !end.IsCancellationRequested; number++)
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"{client}-{number}");
            if (await Open(key) is not { } session) continue;
            await Read(session);
            if (number % CancelOneOf == 0) await Cancel(session);
            await Task.Delay(Pace, CancellationToken.None);
        }
    }

    /// <summary>
    /// Opens a session, whatever number of attempts that takes. Null if it was refused, which is noted.
    /// </summary>
    public async Task<TestSession?> Open(string key)
    {
        var (opened, _) = await Insist(api => api.CreateSession(widget, null, key));
        if (opened.Status != HttpStatusCode.OK)
        {
            wrong.Enqueue($"create: {opened.Text}");
            return null;
        }

        var session = new TestSession(opened["id"]!, opened["clientSecret"]!, widget, opened);
        if (!sessions.TryAdd(session.Id, session.Secret)) wrong.Enqueue($"{session.Id} was answered to two keys");
        return session;
    }

    private async Task Read(TestSession session)
    {
        var (read, _) = await Insist(api => api.Get(session.Path, session.Secret));
        if (read.Status != HttpStatusCode.OK || read["id"] != session.Id) wrong.Enqueue($"read: {read.Text}");
    }

    private async Task Cancel(TestSession session)
    {
        var (cancelled, attempts) = await Insist(api => api.Cancel(session));
        var isDone = cancelled.Status == HttpStatusCode.OK && cancelled["status"] == "cancelled";

        // The attempt before may have done it, and only its answer was lost; or time was faster.
        var end = session.Opened.Body["expiresAt"]!.GetValue<DateTimeOffset>();
        var mayHaveEnded = attempts > 1 || DateTimeOffset.UtcNow >= end;
        var wasDone = mayHaveEnded && cancelled.Code == "cannot_cancel";
        if (!isDone && !wasDone) wrong.Enqueue($"cancel: {cancelled.Text}");
    }

    private async Task<(Answer Answer, int Attempts)> Insist(Func<Api, Task<Answer>> send)
    {
        for (var attempt = 1; ; attempt++)
        {
            var sentAt = DateTimeOffset.UtcNow;
            try
            {
                var answer = await send(cluster.NextNode().Api);
                if ((int)answer.Status < 500)
                {
                    Note(sentAt);
                    return (answer, attempt);
                }

                failures.Enqueue(new(
                    sentAt, DateTimeOffset.UtcNow, answer.Status, answer.Headers.RetryAfter is not null));
            }
            catch (HttpRequestException)
            {
                failures.Enqueue(new(sentAt, DateTimeOffset.UtcNow, null, false));
            }

            await Task.Delay(RetryAfter);
        }
    }

    private void Note(DateTimeOffset sentAt)
    {
        Interlocked.Increment(ref answered);
        if (FirstAnsweredAt is null && sentAt.Ticks >= Volatile.Read(ref answeredAt))
            FirstAnsweredAt = DateTimeOffset.UtcNow;
    }
}

/// <summary>A request that was not answered as it should be.</summary>
/// <param name="Status">Null when the connection broke.</param>
/// <param name="SaysWhen">Whether it named the time to try again.</param>
internal sealed record FailedRequest(
    DateTimeOffset SentAt, DateTimeOffset FailedAt, HttpStatusCode? Status, bool SaysWhen)
{
    /// <summary>It was under way during this time.</summary>
    public bool Overlaps(DateTimeOffset from, DateTimeOffset to) => FailedAt >= from && SentAt <= to;
}
