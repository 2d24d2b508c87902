using System.Diagnostics.Metrics;

namespace Bleepay.Grains.Webhooks;

/// <summary>What an operator can measure of webhooks, on the meter <c>Bleepay</c>.</summary>
internal static class WebhookInstruments
{
    private const string AttemptTag = "attempt";
    private const string First = "first";
    private const string Later = "later";

    private static readonly Meter Meter = new("Bleepay");

    private static readonly Counter<long> Attempts = Meter.CreateCounter<long>(
        "bleepay.webhook.attempts", "{attempt}", "Attempts to deliver an event, by their outcome.");

    private static readonly Histogram<double> Delay = Meter.CreateHistogram(
        "bleepay.webhook.delay", "s", "Time from an event to its delivery.", null,
        new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 3_600, 28_800],
        });

    /// <summary>A series that first appears with its first event shows no increase.</summary>
    public static void BeginAtZero()
    {
        foreach (var outcome in AttemptOutcome.Words)
        {
            Count(0, outcome, First);
            Count(0, outcome, Later);
        }
    }

    /// <param name="sinceEvent">Below zero for an event of a clock that ran ahead; recorded as zero.</param>
    public static void Attempted(AttemptOutcome outcome, bool isFirst, TimeSpan sinceEvent)
    {
        var attempt = isFirst ? First : Later;
        Count(1, outcome.Word, attempt);
        if (outcome.IsSuccess)
            Delay.Record(Math.Max(0, sinceEvent.TotalSeconds), new KeyValuePair<string, object?>(AttemptTag, attempt));
    }

    private static void Count(int attempts, string outcome, string attempt) =>
        Attempts.Add(attempts, new("outcome", outcome), new(AttemptTag, attempt));
}
