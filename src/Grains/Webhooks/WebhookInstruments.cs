using System.Diagnostics.Metrics;

namespace Bleepay.Grains.Webhooks;

/// <summary>What an operator can measure of webhooks, on the meter <c>Bleepay</c>.</summary>
internal static class WebhookInstruments
{
    private static readonly Meter Meter = new("Bleepay");

    private static readonly Counter<long> Attempts = Meter.CreateCounter<long>(
        "bleepay.webhook.attempts", "{attempt}", "Attempts to deliver an event, by what the delivery then is.");

    private static readonly Histogram<double> Delay = Meter.CreateHistogram<double>(
        "bleepay.webhook.delay", "s", "Time from an event to its delivery.");

    /// <param name="sinceEvent">Below zero for an event of a clock that ran ahead; recorded as zero.</param>
    public static void Attempted(DeliveryStatus status, TimeSpan sinceEvent)
    {
        Attempts.Add(1, new KeyValuePair<string, object?>("status", status));
        if (status == DeliveryStatus.Delivered) Delay.Record(Math.Max(0, sinceEvent.TotalSeconds));
    }
}
