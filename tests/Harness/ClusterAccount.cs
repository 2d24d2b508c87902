using Xunit.Abstractions;

namespace Bleepay.Tests.Harness;

/// <summary>The books of a cluster, kept by the rows of its database: nothing lost, nothing twice.</summary>
internal sealed class ClusterAccount(StoredRows rows, ITestOutputHelper output)
{
    private static readonly TimeSpan LatenessMax = TimeSpan.FromSeconds(60);

    /// <summary>Everything that must hold when such a load is over.</summary>
    /// <param name="outages">What fell due within a minute of one may be late.</param>
    /// <param name="usualLatenessMax">Of 99 in 100 of the others; null on a machine that others may use.</param>
    public async Task MustBalance(
        ClusterLoad load, IReadOnlyList<DateTimeOffset> outages, TimeSpan? usualLatenessMax = null)
    {
        MustHoldExactly(load);
        await AllExpire();
        MustHaveEndedOnce();
        MustBeOnTime(outages, usualLatenessMax);
    }

    /// <summary>No request reads a session here: they expire without one.</summary>
    private Task AllExpire() => Eventually.True(
        () => Open() == 0,
        LatenessMax + TimeSpan.FromSeconds(rows.Count(
            "select ceil(extract(epoch from greatest(max(expires_at) - now(), '0 s')))::bigint from deposit_session")),
        () => $"every session is EXPIRED in the store; not yet {rows.ShowOpen()}");

    private void MustHoldExactly(ClusterLoad load)
    {
        Assert.True(load.Wrong.Count == 0, $"{load.Wrong.Count} wrong answers: {load.Wrong.FirstOrDefault()}");
        var stored = rows.Read("select id from deposit_session", row => row.GetString(0)).ToHashSet();
        var lost = load.Acknowledged.Keys.Count(id => !stored.Contains(id));
        var doubled = stored.Count - load.Acknowledged.Count + lost;
        output.WriteLine(
            $"{load.Answered} requests answered, {load.Failures.Count} failed " +
            $"({string.Join(", ", load.Failures.GroupBy(one => one.Status)
                .Select(group => $"{group.Count()} × {group.Key?.ToString() ?? "broken connection"}"))}" +
            $", the slowest after {Slowest(load).TotalSeconds:F1} s); " +
            $"{load.Acknowledged.Count} sessions acknowledged, {lost} lost, {doubled} doubled");

        // Every key was sent until it was answered, so what was not acknowledged is a second session of a key.
        Assert.Equal((0, 0), (lost, doubled));
    }

    /// <summary>One event each after its opening, which is final.</summary>
    private void MustHaveEndedOnce()
    {
        var timelines = rows.Read(
            """
            select string_agg(concat_ws(' ', event.sequence, event.payment_status, event.cause), ', '
                order by event.sequence)
            from deposit_session left join session_event as event on session_id = id
            group by id
            """,
            row => row.GetString(0));

        Assert.Subset(new HashSet<string> { "2 EXPIRED TIMEOUT", "2 EXPIRED CANCELLED" }, timelines.ToHashSet());
        Assert.Equal(timelines.Count, rows.Count("select count(*) from session_event"));
    }

    private void MustBeOnTime(IReadOnlyList<DateTimeOffset> outages, TimeSpan? usualMax)
    {
        var ends = rows.Read(
            """
            select expires_at, (extract(epoch from occurred_at - expires_at) * 1000)::bigint
            from deposit_session join session_event on session_id = id
            where session_event.payment_status = 'EXPIRED' and cause = 'TIMEOUT'
            """,
            row => (At: new DateTimeOffset(row.GetDateTime(0)), Lateness: row.GetInt64(1)));
        var near = ends.Where(end => IsNear(outages, end.At)).Select(end => end.Lateness).Order().ToList();
        var others = ends.Where(end => !IsNear(outages, end.At)).Select(end => end.Lateness).Order().ToList();
        Print("due within a minute of an outage", near);
        Print("due at other times", others);

        Assert.All(ends, end => Assert.InRange(end.Lateness, 0, LatenessMax.TotalMilliseconds));
        if (usualMax is { } max && others.Count > 0)
            Assert.InRange(others[others.Count * 99 / 100], 0, max.TotalMilliseconds);
    }

    private static TimeSpan Slowest(ClusterLoad load) =>
        load.Failures.Select(failure => failure.FailedAt - failure.SentAt).DefaultIfEmpty().Max();

    private static bool IsNear(IReadOnlyList<DateTimeOffset> outages, DateTimeOffset at) =>
        outages.Any(outage => at >= outage && at <= outage + LatenessMax);

    private long Open() => rows.Count("select count(*) from deposit_session where payment_status <> 'EXPIRED'");

    private void Print(string which, List<long> sorted)
    {
        if (sorted.Count > 0)
            output.WriteLine(
                $"lateness of {sorted.Count,6} {which}: p50 {sorted[sorted.Count / 2]} ms, " +
                $"p99 {sorted[sorted.Count * 99 / 100]} ms, max {sorted[^1]} ms");
    }
}
