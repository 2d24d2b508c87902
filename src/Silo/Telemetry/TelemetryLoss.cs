using System.Diagnostics.Tracing;

namespace Bleepay.Silo.Telemetry;

/// <summary>
/// Logs that telemetry does not arrive, once a minute at most. The exporter itself drops what it can't send
/// without a word, and holds up nothing for it.
/// </summary>
internal sealed partial class TelemetryLoss(TimeProvider clock, ILogger<TelemetryLoss> logger)
    : EventListener, IHostedService
{
    public static readonly TimeSpan WarningPause = TimeSpan.FromMinutes(1);

    private const string Exporter = "OpenTelemetry-Exporter-OpenTelemetryProtocol";

    private readonly Lock gate = new();
    private long? warnedAt;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        TelemetryInstruments.BeginAtZero();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Exporter) EnableEvents(eventSource, EventLevel.Warning);
    }

    /// <summary>Most of these events name the URL first. What a collector answers may hold anything.</summary>
    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        // Some events of the runtime come to every listener.
        if (eventData.EventSource.Name != Exporter || eventData.Level > EventLevel.Warning) return;

        var endpoint = eventData.Payload?.FirstOrDefault() as string;
        TelemetryInstruments.Failed(SignalOf(endpoint));
        lock (gate)
        {
            if (warnedAt is { } before && clock.GetElapsedTime(before) < WarningPause) return;
            warnedAt = clock.GetTimestamp();
        }

        var address = Uri.TryCreate(endpoint, UriKind.Absolute, out var url) ? url.Authority : "";
        LogLost(address, eventData.EventName ?? "");
    }

    private static string SignalOf(string? endpoint) => endpoint switch
    {
        { } traces when traces.Contains("trace", StringComparison.OrdinalIgnoreCase) => TelemetrySignals.Traces,
        { } metrics when metrics.Contains("metrics", StringComparison.OrdinalIgnoreCase) => TelemetrySignals.Metrics,
        _ => TelemetrySignals.Other,
    };

    [LoggerMessage(LogLevel.Warning,
        "Telemetry does not arrive at the collector '{Address}' ({Event}); the service continues without it")]
    private partial void LogLost(string address, string @event);
}
