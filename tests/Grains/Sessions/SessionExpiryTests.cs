using Bleepay.Grains;
using Bleepay.Grains.Sessions;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Grains.Sessions;

/// <summary>
/// The 30 minutes of a session, on a real silo and store, with the clock in the test's hand.
/// </summary>
public sealed class SessionExpiryTests : IAsyncLifetime
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private GrainCluster cluster = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await cluster.DisposeAsync();

    [Theory]
    [OnEachDatabase]
    public async Task A_session_expires_at_its_end_to_the_millisecond(string database)
    {
        await Use(database);
        const string id = "dep_punctual";
        await cluster.Open(id);
        var end = cluster.Clock.GetUtcNow() + Lifetime;

        await cluster.AdvanceUntil(
            cluster.Store.ServedAsDue(id), Refresh, Lifetime - Refresh, "The session's reminder");
        var expired = cluster.Store.Stored(id, PaymentStatus.Expired);
        while (cluster.Clock.GetUtcNow() + Second < end) await StepWhileOpen(expired);
        Assert.False(expired.IsCompleted, "The session expired before its end.");
        await cluster.AdvanceUntil(expired, Second, Second, "The expiry");

        var session = await Read(id);
        Assert.Equal(PaymentStatus.Expired, session.Status);
        Assert.Equal([1, 2], session.Timeline.Select(change => change.Sequence));
        Assert.Equal(ChangeCause.Timeout, session.Timeline[1].Cause);
        Assert.Equal(end, session.Timeline[1].At);
    }

    [Theory]
    [OnEachDatabase]
    public async Task No_answer_shows_an_open_session_past_its_end_however_late_the_tick_is(string database)
    {
        await Use(database);
        const string id = "dep_late";
        await cluster.Open(id);

        cluster.Clock.Advance(Lifetime);

        Assert.Equal(PaymentStatus.Expired, await cluster.StatusOf(id));
        var cancelled = await cluster.Session(id).Cancel(new SessionSecretHolder());
        Assert.Equal(RefusalCode.CannotCancel, cancelled.Refusal!.Code);
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_session_whose_time_was_jumped_over_expires_soon_after(string database)
    {
        await Use(database);
        const string id = "dep_jumped";
        await cluster.Open(id);

        cluster.Advance(Lifetime + TimeSpan.FromMinutes(1));

        await cluster.AdvanceUntil(
            cluster.Store.Stored(id, PaymentStatus.Expired), Second, 2 * Refresh, "The expiry");
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_tick_that_fails_is_made_up_for_by_the_next_refresh(string database)
    {
        await Use(database);
        const string id = "dep_failed_tick";
        await cluster.Open(id);
        await cluster.AdvanceUntil(
            cluster.Store.ServedAsDue(id), Refresh, Lifetime - Refresh, "The session's reminder");

        cluster.Store.FailBeforeCommit(1);

        await cluster.AdvanceUntil(
            cluster.Store.Stored(id, PaymentStatus.Expired), Second, Lifetime, "The expiry");
        var lateness = (await Read(id)).Timeline[1].At - (await Read(id)).ExpiresAt;
        Assert.InRange(lateness, Second, 3 * Refresh);
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_tick_of_a_clock_that_runs_ahead_waits_for_the_session_s_own_time(string database)
    {
        await Use(database);
        const string id = "dep_early_tick";
        await cluster.Open(id);
        var expired = cluster.Store.Stored(id, PaymentStatus.Expired);
        cluster.Clock.Advance(Lifetime - (5 * Second));

        await cluster.AdvanceRemindersUntil(
            cluster.Ticks.Handled(id), Refresh, Lifetime + (2 * Refresh), "The tick of the clock that runs ahead");
        Assert.False(expired.IsCompleted, "The session expired before its own time.");
        await cluster.AdvanceUntil(expired, Second, 6 * Second, "The expiry");
        Assert.Equal((await Read(id)).ExpiresAt, (await Read(id)).Timeline[1].At);
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_cancelled_session_is_no_longer_a_reminder(string database)
    {
        await Use(database);
        const string id = "dep_cancelled";
        const string open = "dep_cancelled_not";
        await cluster.Open(id);
        await cluster.Open(open);
        Assert.True((await cluster.Session(id).Cancel(new SessionSecretHolder())).TryGet(out _, out _));

        // Both end at the same time, so whatever finds the one that is open would find the other as well.
        var served = cluster.Store.ServedAsDue(id);
        await cluster.AdvanceUntil(
            cluster.Ticks.Handled(open), Refresh, Lifetime + (2 * Refresh), "The tick of the session that is open");

        Assert.False(served.IsCompleted, "A final session was served as a reminder.");
        Assert.False(cluster.Ticks.Handled(id).IsCompleted, "A final session got a tick.");
        var causes = (await Read(id)).Timeline.Select(change => change.Cause);
        Assert.Equal([ChangeCause.Created, ChangeCause.Cancelled], causes);
    }

    private async Task Use(string database) =>
        cluster = await GrainCluster.Start(database: Databases.OfServer(database));

    private async Task StepWhileOpen(Task expired)
    {
        cluster.Advance(Second);
        await Task.WhenAny(expired, Task.Delay(TimeSpan.FromMilliseconds(5)));
    }

    private async Task<SessionView> Read(string id)
    {
        var read = await cluster.Session(id).Read(new SessionSecretHolder());
        return read.TryGet(out var session, out var refusal)
            ? session
            : throw new InvalidOperationException(refusal.Detail);
    }
}
