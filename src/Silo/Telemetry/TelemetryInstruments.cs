using System.Diagnostics.Metrics;

namespace Bleepay.Silo.Telemetry;

/// <summary>What telemetry measures of itself, on the meter <c>Bleepay</c>.</summary>
internal static class TelemetryInstruments
{
    private const string SignalTag = "signal";

    private static readonly Meter Meter = new("Bleepay");

    private static readonly Counter<long> Failures = Meter.CreateCounter<long>(
        "bleepay.telemetry.failures", "{failure}", "What has not arrived at the collector, by signal.");

    /// <summary>A series that first appears with its first event shows no increase.</summary>
    public static void BeginAtZero()
    {
        foreach (var signal in TelemetrySignals.All) Count(0, signal);
    }

    public static void Failed(string signal) => Count(1, signal);

    private static void Count(int failures, string signal) =>
        Failures.Add(failures, new KeyValuePair<string, object?>(SignalTag, signal));
}

/// <summary>What is sent to a collector.</summary>
internal static class TelemetrySignals
{
    public const string Traces = "traces";
    public const string Metrics = "metrics";
    public const string Other = "other";

    public static IReadOnlyList<string> All { get; } = [Traces, Metrics, Other];
}
