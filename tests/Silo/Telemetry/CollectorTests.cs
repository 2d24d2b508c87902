using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo.Telemetry;

/// <summary>Settings of telemetry, and collectors that take nothing.</summary>
public sealed class CollectorTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Wrong_settings_are_refused_by_name()
    {
        var port = FreePort.Several(1)[0].ToString(CultureInfo.InvariantCulture);

        var exit = await ServiceProcess.StartInVain(folder.Path, new Dictionary<string, string?>
        {
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}",
            ["Telemetry:MetricsPort"] = port,
            ["Telemetry:MetricsHost"] = "nowhere",
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "collector:4317",
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "smoke-signals",
            ["OTEL_TRACES_SAMPLER_ARG"] = "1 %",
        });

        Assert.Equal(1, exit.Code);
        foreach (var setting in new[]
        {
            $"Telemetry__MetricsPort is {port}, where HTTP listens", "Telemetry__MetricsHost is nowhere",
            "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL is smoke-signals", "OTEL_TRACES_SAMPLER_ARG",
        })
            Assert.Contains(setting, exit.Errors, StringComparison.Ordinal);
    }

    /// <summary>As in images, which name ports instead of URLs.</summary>
    [Fact]
    public async Task The_metrics_port_takes_nothing_from_HTTP_however_its_ports_are_named()
    {
        var ports = FreePort.Several(2);
        await using var service = await ServiceProcess.Start(folder.Path, new Dictionary<string, string?>
        {
            ["ASPNETCORE_URLS"] = null,
            ["ASPNETCORE_HTTP_PORTS"] = $"{ports[0]}",
            ["Telemetry:MetricsPort"] = $"{ports[1]}",
        });
        using var http = new HttpClient();

        Assert.True((await http.GetAsync(new Uri($"http://127.0.0.1:{ports[0]}/health/ready"))).IsSuccessStatusCode);
        Assert.True((await http.GetAsync(new Uri($"http://127.0.0.1:{ports[1]}/metrics"))).IsSuccessStatusCode);
        Assert.DoesNotContain("Overriding", service.Console, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_settings_nothing_of_telemetry_is_composed()
    {
        await using var host = await ServiceHost.Start(folder.Path);

        Assert.Null(host.Services.GetService(typeof(OpenTelemetry.Metrics.MeterProvider)));
        Assert.Null(host.Services.GetService(typeof(OpenTelemetry.Trace.TracerProvider)));
    }

    /// <summary>As a network that drops packets has it: the connection is there, and nothing comes back.</summary>
    [Fact]
    public async Task A_collector_that_never_answers_holds_up_no_request_and_a_stop_for_seconds_only()
    {
        using var collector = new TcpListener(IPAddress.Loopback, 0);
        collector.Start();
        await using var service = await Start(((IPEndPoint)collector.LocalEndpoint).Port, "http/protobuf");

        await SessionsOpen(service);

        var watch = Stopwatch.StartNew();
        Assert.Equal(0, await service.Stop());
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(15));
    }

    [Theory]
    [InlineData("grpc", false)]
    [InlineData("http/protobuf", false)]
    [InlineData("http/protobuf", true)]
    public async Task A_collector_that_takes_nothing_is_warned_of_once_and_each_line_of_the_log_has_its_trace(
        string protocol, bool answers404)
    {
        using var refusing = Shop.On("127.0.0.1");
        var port = answers404 ? new Uri(refusing.Url).Port : FreePort.Several(1)[0];
        var watch = Stopwatch.StartNew();
        await using var service = await Start(port, protocol);

        await SessionsOpen(service);
        var refused = await service.Api.Get("/api/v1/widgets/wdgt_unknown/config", secret: "wdgt_secret_x");

        await Eventually.True(
            () => Warnings(service).Count > 0, TimeSpan.FromSeconds(30), () => "no warning is in the log");
        await SessionsOpen(service);
        Assert.Equal(0, await service.Stop());

        // Dozens of posts have failed; a warning comes once a minute.
        Assert.InRange(Warnings(service).Count, 1, 1 + (int)watch.Elapsed.TotalMinutes);
        var line = Assert.Single(
            service.Console.Split('\n'),
            line => line.Contains($"Request {refused["requestId"]} was refused", StringComparison.Ordinal));
        Assert.Matches(
            "^[0-9a-f]{32}$",
            JsonNode.Parse(line)!["Scopes"]!.AsArray()
                .Select(scope => scope!["TraceId"]?.GetValue<string>()).OfType<string>().First());
    }

    private Task<ServiceProcess> Start(int port, string protocol) => ServiceProcess.Start(
        folder.Path,
        new Dictionary<string, string?>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{port}",
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol,
            ["OTEL_TRACES_SAMPLER_ARG"] = "1",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
            ["Logging:Console:FormatterName"] = "json",
            ["Logging:Console:FormatterOptions:IncludeScopes"] = "true",
        });

    private static async Task SessionsOpen(ServiceProcess service)
    {
        var widget = await service.Api.CreateWidget();
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => service.Api.NewSession(widget)));
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    private static List<string> Warnings(ServiceProcess service) =>
    [
        .. service.Console.Split('\n')
            .Where(line => line.Contains("Telemetry does not arrive", StringComparison.Ordinal)),
    ];
}
