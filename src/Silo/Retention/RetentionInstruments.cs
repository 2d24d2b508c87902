using System.Diagnostics.Metrics;

namespace Bleepay.Silo.Retention;

/// <summary>What an operator can measure of deletions, on the meter <c>Bleepay</c>.</summary>
internal static class RetentionInstruments
{
    private static readonly Meter Meter = new("Bleepay");

    private static readonly Counter<long> Sessions = Meter.CreateCounter<long>(
        "bleepay.retention.sessions", "{session}", "Sessions that were deleted or erased for their age.");

    private static readonly Gauge<double> Oldest = Meter.CreateGauge<double>(
        "bleepay.retention.oldest", "s", "Age of the oldest final session, as of the last search of this node.");

    private static readonly Gauge<double> Overdue = Meter.CreateGauge<double>(
        "bleepay.retention.overdue", "s",
        "Time by which the oldest final session outlives Retention__Sessions, as of the last search of this node.");

    private static readonly KeyValuePair<string, object?> IsDeletion = new("action", "delete");
    private static readonly KeyValuePair<string, object?> IsErasure = new("action", "erase");

    /// <summary>A series that first appears with its first event shows no increase.</summary>
    public static void BeginAtZero()
    {
        Sessions.Add(0, IsDeletion);
        Sessions.Add(0, IsErasure);
    }

    public static void Deleted(int sessions) => Sessions.Add(sessions, IsDeletion);

    public static void Erased(int sessions) => Sessions.Add(sessions, IsErasure);

    /// <summary>Records the result of a search.</summary>
    /// <param name="oldestAge">Of the oldest final session; zero without one.</param>
    /// <param name="overdue">Time by which it outlives its limit; zero if it does not.</param>
    public static void Searched(TimeSpan oldestAge, TimeSpan overdue)
    {
        Oldest.Record(oldestAge.TotalSeconds);
        Overdue.Record(overdue.TotalSeconds);
    }
}
