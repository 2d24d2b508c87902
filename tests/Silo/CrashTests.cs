using System.Globalization;
using System.Net;
using Bleepay.Tests.Harness;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo;

/// <summary>
/// The promise that the product is bought for: what was answered is durable, and it ends. Both are judged by
/// the rows of the store, after the process was killed in the middle of its work.
/// </summary>
public sealed class CrashTests(ITestOutputHelper output) : IDisposable
{
    private static readonly int Sessions =
        int.Parse(Setting("CRASH_TEST_SESSIONS") ?? "2000", CultureInfo.InvariantCulture);

    private static readonly TimeSpan Lifetime =
        TimeSpan.Parse(Setting("CRASH_TEST_LIFETIME") ?? "00:00:08", CultureInfo.InvariantCulture);

    private static readonly TimeSpan LatenessMax = TimeSpan.FromSeconds(90);

    private readonly TemporaryFolder folder = new();

    [Fact]
    public async Task After_kill_9_every_acknowledged_session_is_there_and_every_stored_one_expires()
    {
        var rows = new StoredRows(ServiceProcess.DatabaseIn(folder.Path));
        var (load, killedAt) = await RunUntilKilled(rows);

        await Eventually.Past(MedianEnd(rows, ofTheFirst: Sessions / 4));
        Assert.True(Overdue(rows) > 0);
        await using var service = await Start();
        var servesAt = DateTimeOffset.UtcNow;
        await load.Run(service.Api, Sessions);
        Assert.True(load.Acknowledged.Count == Sessions, load.Refused);

        await AllExpire(rows);

        output.WriteLine(
            $"{Sessions} sessions of {Lifetime}, {ServiceProcess.ConnectionsMax} connections; kill -9, " +
            $"serving again {(servesAt - killedAt).TotalSeconds:F1} s later");
        MustHoldAll(load, rows);
        MustHaveExpiredOnce(rows);
        Report(rows, killedAt.ToUnixTimeMilliseconds(), servesAt.ToUnixTimeMilliseconds());
        await MustAnswerAll(service.Api, load);
    }

    [Fact]
    public async Task After_kill_9_the_same_key_and_body_answer_the_same_session()
    {
        var body = Api.GoodSession();
        TestWidget widget;
        Answer before;
        await using (var service = await ServiceProcess.Start(folder.Path))
        {
            widget = await service.Api.CreateWidget();
            before = (await service.Api.CreateSession(widget, body, "order-1")).MustBeOk();
            service.Kill();
        }

        await using var again = await ServiceProcess.Start(folder.Path);
        var after = (await again.Api.CreateSession(widget, body, "order-1")).MustBeOk();
        body["amount"] = "101";
        var other = await again.Api.CreateSession(widget, body, "order-1");

        Assert.Equal(before.Text, after.Text);
        other.MustBe(HttpStatusCode.Conflict, "idempotency_conflict");
        var rows = new StoredRows(ServiceProcess.DatabaseIn(folder.Path));
        Assert.Equal(1, rows.Count("select count(*) from deposit_session"));
    }

    public void Dispose() => folder.Dispose();

    private static string? Setting(string variable) => Environment.GetEnvironmentVariable(variable);

    private Task<ServiceProcess> Start() => ServiceProcess.Start(
        folder.Path, new Dictionary<string, string?> { ["Sessions:Lifetime"] = Lifetime.ToString() });

    /// <summary>
    /// Two waves, half a lifetime apart: the first falls due while the service is down, the second, in whose
    /// middle the service is killed, after it is back.
    /// </summary>
    private async Task<(SessionLoad Load, DateTimeOffset KilledAt)> RunUntilKilled(StoredRows rows)
    {
        await using var service = await Start();
        var load = new SessionLoad(await service.Api.CreateWidget());
        await load.Run(service.Api, Sessions / 4);
        await Eventually.Past(MedianEnd(rows, Sessions / 4) - (Lifetime / 2));

        var reached = load.Reached(Sessions / 2);
        var running = load.Run(service.Api, Sessions);
        await reached;
        service.Kill();
        var killedAt = DateTimeOffset.UtcNow;
        await running;

        Assert.InRange(load.Acknowledged.Count, Sessions / 2, Sessions - 1);
        Assert.True(load.Refusals.Count == 0, load.Refused);
        return (load, killedAt);
    }

    private static DateTimeOffset MedianEnd(StoredRows rows, int ofTheFirst) => Time(rows.Count(
        $"select expires_at from deposit_session order by expires_at limit 1 offset {ofTheFirst / 2}"));

    private static long Overdue(StoredRows rows) => rows.Count(
        $"""
         select count(*) from deposit_session
         where payment_status = 'CREATED' and expires_at <= {DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}
         """);

    /// <summary>No request reads a session here: they expire without one.</summary>
    private static async Task AllExpire(StoredRows rows)
    {
        var last = Time(rows.Count("select max(expires_at) from deposit_session"));
        await Eventually.True(
            () => Open(rows) == 0,
            last + LatenessMax - DateTimeOffset.UtcNow,
            () => $"each of {Sessions} sessions is EXPIRED in the store; not yet {rows.ShowOpen()}");
    }

    private static long Open(StoredRows rows) =>
        rows.Count("select count(*) from deposit_session where payment_status <> 'EXPIRED'");

    private static DateTimeOffset Time(long milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private void MustHoldAll(SessionLoad load, StoredRows rows)
    {
        var stored = rows.Read("select id from deposit_session", row => row.GetString(0));
        var ids = stored.ToHashSet();

        Assert.All(load.Acknowledged.Keys, id => Assert.Contains(id, ids));
        Assert.Equal(0, load.Doubled);
        Assert.Equal(stored.Count, ids.Count);
        Assert.InRange(stored.Count, load.Acknowledged.Count, load.Sent);
        var acknowledged = load.Acknowledged.Count;
        output.WriteLine(
            $"acknowledged {acknowledged}, lost 0, doubled 0; stored {stored.Count}, among them " +
            $"{stored.Count - acknowledged} of the {load.Sent - acknowledged} requests without an answer");
    }

    /// <summary>Each has one event after its opening, as the store names it.</summary>
    private static void MustHaveExpiredOnce(StoredRows rows)
    {
        var timelines = rows.Read(
            """
            select (select group_concat(sequence || ' ' || payment_status || ' ' || cause, ', ')
                    from (select * from session_event where session_id = id order by sequence))
            from deposit_session
            """,
            row => row.GetString(0));

        Assert.Equal(["2 EXPIRED TIMEOUT"], timelines.Distinct());
        Assert.Equal(timelines.Count, rows.Count("select count(*) from session_event"));
    }

    private void Report(StoredRows rows, long killedAt, long servesAt)
    {
        var sessions = rows.Read(
            """
            select created_at, expires_at, occurred_at - expires_at
            from deposit_session join session_event on session_id = id
            """,
            row => (CreatedAt: row.GetInt64(0), ExpiresAt: row.GetInt64(1), Lateness: row.GetInt64(2)));
        var whileDown = sessions.Where(one => one.ExpiresAt >= killedAt && one.ExpiresAt < servesAt);
        var taken = sessions.Where(one => one.CreatedAt <= killedAt && one.ExpiresAt >= servesAt);
        var made = sessions.Where(one => one.CreatedAt > killedAt);

        Assert.NotEmpty(whileDown);
        Assert.NotEmpty(made);
        Assert.All(sessions, session => Assert.InRange(session.Lateness, 0, LatenessMax.TotalMilliseconds));
        Print("due while it was down", whileDown.Select(session => session.Lateness));
        Print("made before the kill, due after it was back", taken.Select(session => session.Lateness));
        Print("made after it was back", made.Select(session => session.Lateness));
    }

    private void Print(string which, IEnumerable<long> lateness)
    {
        var sorted = lateness.Order().ToList();
        if (sorted.Count == 0) return;
        output.WriteLine(
            $"lateness of {sorted.Count,6} {which}: p50 {sorted[sorted.Count / 2]} ms, " +
            $"p99 {sorted[sorted.Count * 99 / 100]} ms, max {sorted[^1]} ms");
    }

    private static Task MustAnswerAll(Api api, SessionLoad load) => Parallel.ForEachAsync(
        load.Acknowledged,
        new ParallelOptions { MaxDegreeOfParallelism = ServiceProcess.ConnectionsMax },
        async (session, _) =>
        {
            var answer = await api.Get($"/api/v1/widgets/deposit-sessions/{session.Key}", session.Value);
            Assert.Equal("EXPIRED", answer.MustBeOk()["paymentStatus"]);
        });
}
