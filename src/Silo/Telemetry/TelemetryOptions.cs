using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace Bleepay.Silo.Telemetry;

/// <summary>
/// How metrics and traces leave this process; section <c>Telemetry</c>. Where they are sent by OTLP is named by the
/// variables of OpenTelemetry itself: <see cref="OtlpVariables"/>.
/// </summary>
internal sealed class TelemetryOptions
{
    public const string Section = "Telemetry";

    /// <summary>A separate port for Prometheus, path <c>/metrics</c>. By default none: nothing listens.</summary>
    public int? MetricsPort { get; set; }

    /// <summary>
    /// The address that it listens on. The default value is <c>127.0.0.1</c>; <c>0.0.0.0</c> is for a network that lets
    /// only the operator in, since any client that connects can read them.
    /// </summary>
    public string MetricsHost { get; set; } = "127.0.0.1";

    /// <summary>
    /// Adds the spans of Orleans and of each statement, for an hour of diagnosis. They make a session much dearer.
    /// </summary>
    public bool Detailed { get; set; }

    /// <summary>The URL that Kestrel is given; null without a port, or with settings that are refused.</summary>
    public string? MetricsUrl =>
        MetricsPort is >= 1 and <= IPEndPoint.MaxPort && IPAddress.TryParse(MetricsHost, out var ip)
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"http://{(ip.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{ip}]" : ip)}:{MetricsPort}")
        : null;
}

/// <summary>Refuses settings with which metrics would be lost, or shown where customers are served.</summary>
/// <param name="httpPorts">Where HTTP listens.</param>
internal sealed class TelemetryOptionsValidator(IReadOnlyCollection<int> httpPorts, IConfiguration configuration)
    : IValidateOptions<TelemetryOptions>
{
    public ValidateOptionsResult Validate(string? name, TelemetryOptions options)
    {
        var failures = OfPort(options).Concat(OtlpVariables.FailuresOf(configuration)).ToList();
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private IEnumerable<string> OfPort(TelemetryOptions options)
    {
        if (options.MetricsPort is not { } port) yield break;
        if (port is < 1 or > IPEndPoint.MaxPort)
            yield return $"Telemetry__MetricsPort must be 1–{IPEndPoint.MaxPort}, or unset.";
        if (httpPorts.Contains(port))
            yield return $"Telemetry__MetricsPort is {port}, where HTTP listens; metrics are for the operator alone " +
                "and need a separate port.";
        if (!IPAddress.TryParse(options.MetricsHost, out _))
            yield return $"Telemetry__MetricsHost is {options.MetricsHost}; set it to an IP address, such as 0.0.0.0.";
    }
}

/// <summary>What the service reads of OpenTelemetry's own variables; the rest is read by its packages.</summary>
internal static class OtlpVariables
{
    public const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    public const string Protocol = "OTEL_EXPORTER_OTLP_PROTOCOL";
    public const string Timeout = "OTEL_EXPORTER_OTLP_TIMEOUT";
    public const string SamplerArgument = "OTEL_TRACES_SAMPLER_ARG";

    /// <summary>The share of requests that is traced, outside of Development.</summary>
    public const double RatioDefault = 0.01;

    /// <summary>
    /// In milliseconds. A stop waits twice for a collector that accepts and does not answer: 20 s by the standard's
    /// value.
    /// </summary>
    private const string TimeoutDefault = "2000";

    /// <summary>Values for the packages to read, where this service's default is not theirs.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> DefaultsIn(IConfiguration configuration)
    {
        if (configuration[Timeout] is null) yield return new(Timeout, TimeoutDefault);

        // A trace from outside is linked, and never continued: the sender of a request would otherwise
        // decide what is traced.
        yield return new("OTEL_DOTNET_EXPERIMENTAL_ASPNETCORE_ENABLE_NEW_ROOT_SPAN", "true");
    }

    public static bool IsSent(IConfiguration configuration) => configuration[Endpoint] is { Length: > 0 };

    /// <summary>True where the standard's own switch turns everything off.</summary>
    public static bool IsDisabled(IConfiguration configuration) =>
        string.Equals(configuration["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>Null where it is not a share.</summary>
    public static double? RatioOf(IConfiguration configuration, double otherwise) =>
        configuration[SamplerArgument] is not { Length: > 0 } text ? otherwise
        : double.TryParse(text, CultureInfo.InvariantCulture, out var ratio) && ratio is >= 0 and <= 1 ? ratio
        : null;

    public static IEnumerable<string> FailuresOf(IConfiguration configuration)
    {
        if (configuration[Endpoint] is { Length: > 0 } endpoint
            && !(Uri.TryCreate(endpoint, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"))
            yield return $"{Endpoint} must be an http or https URL, such as http://collector:4317.";
        if (configuration[Protocol] is { Length: > 0 } protocol and not ("grpc" or "http/protobuf"))
            yield return $"{Protocol} is {protocol}; set it to grpc or http/protobuf.";
        if (RatioOf(configuration, RatioDefault) is null)
            yield return $"{SamplerArgument} must be a share of the requests, 0–1.";
    }
}
