using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Bleepay.Silo.Storage.Sessions;

/// <summary>
/// Counts open sessions that are past their end, as the reads of the reminder service see them. An expiry that never
/// comes has no lateness; this is where it is seen.
/// </summary>
internal static class OverdueSessions
{
    public const string Name = "bleepay.session.overdue";

    /// <summary>A tick is on its way for those that are late by less.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    /// <summary>Three refreshes: a range that is not read any more belongs to another node.</summary>
    private static readonly TimeSpan Forgotten = TimeSpan.FromSeconds(90);

    private static readonly Meter Meter = new("Bleepay");

    private static readonly ConcurrentDictionary<(uint Begin, uint End), (int Count, long At)> ByRange = new();

    static OverdueSessions() => Meter.CreateObservableGauge(
        Name, Observe, "{session}", "Open sessions that were past their end by more than 10 s when last read.");

    /// <param name="count">Sessions of this part of the ring that are late by more than <see cref="Grace"/>.</param>
    public static void Seen(uint begin, uint end, int count) =>
        ByRange[(begin, end)] = (count, Stopwatch.GetTimestamp());

    private static int Observe()
    {
        foreach (var (range, (_, at)) in ByRange)
            if (Stopwatch.GetElapsedTime(at) > Forgotten) ByRange.TryRemove(range, out _);
        return ByRange.Values.Sum(seen => seen.Count);
    }
}
