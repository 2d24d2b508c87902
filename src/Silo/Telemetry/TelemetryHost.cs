using Bleepay.Grains.Telemetry;
using Bleepay.Silo.Cluster;
using Bleepay.Silo.Storage.Webhooks;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Bleepay.Silo.Telemetry;

/// <summary>
/// Exports metrics and traces: metrics at a separate port for Prometheus, both by OTLP. With neither set, nothing
/// of it is composed.
/// </summary>
internal static class TelemetryHost
{
    private const string ServiceName = "bleepay-sessions";
    private const string MetricsPath = "/metrics";

    /// <summary>Several who scrape within this time get one collection.</summary>
    private const int ScrapeCacheMilliseconds = 1_000;

    /// <returns>What is composed: nothing by wrong settings, which are refused before the service serves.</returns>
    public static TelemetryOptions AddTelemetry(this WebApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        var section = configuration.GetSection(TelemetryOptions.Section);
        var options = section.Get<TelemetryOptions>() ?? new();
        builder.Services.AddOptions<TelemetryOptions>().Bind(section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<TelemetryOptions>>(
            new TelemetryOptionsValidator(HttpAddresses.PortsOf(configuration), configuration));

        var isSent = OtlpVariables.IsSent(configuration) && !OtlpVariables.FailuresOf(configuration).Any();
        if (OtlpVariables.IsDisabled(configuration) || (options.MetricsUrl is null && !isSent)) return new();

        configuration.AddInMemoryCollection(OtlpVariables.DefaultsIn(configuration));
        if (options.MetricsUrl is { } url) HttpAddresses.Add(builder, url);
        if (configuration[$"{NodeOptions.Section}:{nameof(NodeOptions.Gateways)}"] is not { Length: > 0 })
            builder.Services.AddHostedService<WebhookDepths>();
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddNode(configuration))
            .WithMetrics(metrics => metrics.AddMetrics(options, isSent));
        if (!isSent)
        {
            // Spans that are not exported would cost the same.
            options.Detailed = false;
            return options;
        }

        var ratio = OtlpVariables.RatioOf(
            configuration, builder.Environment.IsDevelopment() ? 1 : OtlpVariables.RatioDefault)!.Value;
        telemetry.WithTracing(traces => traces.AddTraces(options, ratio));
        builder.Services.AddHostedService<TelemetryLoss>();
        return options;
    }

    /// <summary>
    /// The metrics' port serves metrics and nothing else, and no other port serves them. Ports are distinguished by
    /// where a connection has arrived: a Host header is whatever its sender writes.
    /// </summary>
    public static void UseMetricsPort(this WebApplication app, TelemetryOptions options)
    {
        if (options.MetricsPort is not { } port) return;

        app.Use((http, next) =>
        {
            if (http.Connection.LocalPort != port) return next(http);
            if (http.Features.Get<IHttpMetricsTagsFeature>() is { } measured) measured.MetricsDisabled = true;
            if (http.Request.Path == MetricsPath) return next(http);
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
        app.UseOpenTelemetryPrometheusScrapingEndpoint(http => http.Connection.LocalPort == port);
    }

    /// <summary>Orleans' own spans continue each other only where they are recorded at all.</summary>
    public static ISiloBuilder UseTelemetry(this ISiloBuilder silo, TelemetryOptions options) =>
        options.Detailed ? silo.AddActivityPropagation() : silo;

    /// <inheritdoc cref="UseTelemetry(ISiloBuilder, TelemetryOptions)"/>
    public static IClientBuilder UseTelemetry(this IClientBuilder client, TelemetryOptions options) =>
        options.Detailed ? client.AddActivityPropagation() : client;

    private static void AddNode(this ResourceBuilder resource, ConfigurationManager configuration) => resource
        .AddService(
            ServiceName,
            serviceVersion: typeof(TelemetryHost).Assembly.GetName().Version?.ToString(3),
            autoGenerateServiceInstanceId: false,
            serviceInstanceId: configuration[$"{NodeOptions.Section}:{nameof(NodeOptions.NodeName)}"]
                ?? Environment.MachineName)

        // Last, so that OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES have the last word.
        .AddEnvironmentVariableDetector();

    private static void AddMetrics(this MeterProviderBuilder metrics, TelemetryOptions options, bool isSent)
    {
        metrics.AddLeanMeters();
        if (isSent) metrics.AddOtlpExporter();
        if (options.MetricsUrl is not null)
            metrics.AddPrometheusExporter(scrape =>
                scrape.ScrapeResponseCacheDurationMilliseconds = ScrapeCacheMilliseconds);
    }

    private static void AddTraces(this TracerProviderBuilder traces, TelemetryOptions options, double ratio)
    {
        traces
            .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(ratio)))
            .AddAspNetCoreInstrumentation(http =>
            {
                http.Filter = request => request.Connection.LocalPort != options.MetricsPort
                    && !request.Request.Path.StartsWithSegments("/health", StringComparison.OrdinalIgnoreCase);
                http.EnrichWithHttpRequest = (span, request) =>
                    span.SetTag("bleepay.request_id", request.HttpContext.TraceIdentifier);
                http.EnrichWithHttpResponse = (span, _) => ServerSpans.Redact(span);
            })
            .AddSource(Traces.SourceName)
            .AddOtlpExporter();
        if (options.Detailed) traces.AddSource("Npgsql", "Microsoft.Orleans.*");
    }
}
