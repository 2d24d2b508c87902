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

    /// <param name="age">Null without a final session.</param>
    public static void OldestIs(TimeSpan? age) => Oldest.Record((age ?? TimeSpan.Zero).TotalSeconds);
}
