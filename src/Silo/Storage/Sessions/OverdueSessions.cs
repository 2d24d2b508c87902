using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace Bleepay.Silo.Storage.Sessions;

/// <summary>
/// Counts open sessions that are past their end, as the reads of the reminder service see them. An expiry that never
/// comes has no lateness; this is where it is seen.
/// </summary>
internal sealed class OverdueSessions
{
    /// <summary>A tick is on its way for those that are late by less.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    /// <summary>Three refreshes: a range that is no longer read belongs to another node.</summary>
    private static readonly TimeSpan Forgotten = TimeSpan.FromSeconds(90);

    private static readonly Meter Meter = new("Bleepay");

    /// <summary>The weak references let a closed silo be collected.</summary>
    private static readonly ConditionalWeakTable<OverdueSessions, object> All = [];

    private readonly ConcurrentDictionary<(uint Begin, uint End), (int Count, long At)> byRange = new();

    static OverdueSessions() => Meter.CreateObservableGauge(
        "bleepay.session.overdue", () => All.Sum(one => one.Key.Count), "{session}",
        "Open sessions that were past their end by more than 10 s when last read.");

    public OverdueSessions() => All.Add(this, this);

    /// <summary>In all parts of the ring that this silo has read of late.</summary>
    public int Count
    {
        get
        {
            foreach (var (range, (_, at)) in byRange)
                if (Stopwatch.GetElapsedTime(at) > Forgotten) byRange.TryRemove(range, out _);
            return byRange.Values.Sum(seen => seen.Count);
        }
    }

    /// <param name="due">The open sessions of this part of the ring that are read to become reminders.</param>
    public void Seen(uint begin, uint end, IReadOnlyList<DueSession> due, DateTimeOffset now) => byRange[(begin, end)] =
        (due.Count(session => session.ExpiresAt < now - Grace), Stopwatch.GetTimestamp());
}
