using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using OpenTelemetry.Metrics;

namespace Bleepay.Silo.Telemetry;

/// <summary>
/// The meters that are exported. All of Orleans' would make a session dearer by a tenth; those named here are observed
/// at an export, or count what is rare.
/// </summary>
/// <remarks>
/// Never <c>System.Net.Http</c> and <c>System.Net.NameResolution</c>: they label by the hosts that webhooks are sent
/// to, which are merchants', and without bound.
/// </remarks>
internal static class LeanMeters
{
    private const string Orleans = "Microsoft.Orleans";

    private static readonly string[] Names =
        [Grains.Telemetry.Traces.SourceName, "Microsoft.AspNetCore.Hosting", "System.Runtime", "Npgsql", Orleans];

    private static readonly FrozenSet<string> OfOrleans = new[]
    {
        "orleans-app-requests-canceled", "orleans-app-requests-timedout", "orleans-catalog-activation-collections",
        "orleans-catalog-activation-failed-to-activate", "orleans-catalog-activation-working-set",
        "orleans-catalog-activations", "orleans-client-connected-gateways",
        "orleans-consistent-ring-range-percentage-local", "orleans-consistent-ring-size",
        "orleans-gateway-connected-clients", "orleans-gateway-load-shedding", "orleans-messaging-expired",
        "orleans-messaging-pings-reply-missed", "orleans-messaging-rejected", "orleans-messaging-sent-dropped",
        "orleans-messaging-sent-failed", "orleans-networking-sockets-closed", "orleans-networking-sockets-opened",
        "orleans-reminders-active", "orleans-runtime-available-memory", "orleans-runtime-total-physical-memory",
        "orleans-scheduler-long-running-turns", "orleans-storage-read-errors", "orleans-storage-write-errors",
        "orleans-watchdog-health-checks-failed",
    }.ToFrozenSet(StringComparer.Ordinal);

    public static MeterProviderBuilder AddLeanMeters(this MeterProviderBuilder metrics) =>
        metrics.AddMeter(Names).AddView(ViewOf);

    private static MetricStreamConfiguration? ViewOf(Instrument instrument) =>
        instrument.Meter.Name == Orleans && !OfOrleans.Contains(instrument.Name)
            ? MetricStreamConfiguration.Drop
            : null;
}
