using System.Globalization;
using System.Net.Http.Headers;

namespace Bleepay.Tests.Harness;

/// <summary>
/// A service with all of its telemetry on, at a ratio that leaves most requests without a trace; its PostgreSQL, a
/// receiver of its webhooks, and a viewer of its traces.
/// </summary>
public sealed class MeasuredService : IAsyncLifetime
{
    public const string Name = "measured";
    public const double Ratio = 0.3;

    /// <summary>So that expiries come while a test watches.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(8);

    private readonly TemporaryFolder folder = new();
    private readonly HttpClient http = new();
    private readonly Dictionary<string, string?> settings = [];
    private ServiceProcess? process;
    private TraceViewer? viewer;
    private Inbox? inbox;

    internal Api Api => process!.Api;

    internal TraceViewer Viewer => viewer!;

    /// <summary>The merchant's server.</summary>
    internal Inbox Inbox => inbox!;

    internal int MetricsPort { get; } = FreePort.Several(1)[0];

    internal string MetricsUrl => $"http://127.0.0.1:{MetricsPort}/metrics";

    /// <summary>Where the API is served.</summary>
    internal string Address => process!.Address;

    /// <summary>What Prometheus would get now.</summary>
    internal async Task<Scrape> Scrape(string format = "text/plain")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, MetricsUrl);
        request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse(format));
        using var response = (await http.SendAsync(request)).EnsureSuccessStatusCode();
        return Harness.Scrape.Of(await response.Content.ReadAsStringAsync());
    }

    /// <summary>
    /// A scrape that was collected after now: all scrapes within a second get one collection.
    /// </summary>
    internal async Task<Scrape> ScrapeUntil(string what, Func<Scrape, bool> isSo)
    {
        Scrape scrape = null!;
        await Eventually.Holds(what, TimeSpan.FromSeconds(30), async () => isSo(scrape = await Scrape()));
        return scrape;
    }

    public async Task InitializeAsync()
    {
        if (!Tools.IsInstalled(Tool.PostgreSql) || !Tools.IsInstalled(Tool.TraceViewer)) return;
        viewer = await TraceViewer.Start();
        inbox = await Harness.Inbox.Open();
        foreach (var (setting, value) in Databases.SettingsOf(PostgreSqlServer.Shared)) settings[setting] = value;
        settings["Cluster:GatewayPort"] = $"{FreePort.Several(1)[0]}";
        settings["Telemetry:MetricsPort"] = MetricsPort.ToString(CultureInfo.InvariantCulture);
        settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = viewer.OtlpUrl;
        settings["OTEL_TRACES_SAMPLER_ARG"] = Ratio.ToString(CultureInfo.InvariantCulture);
        settings["OTEL_BSP_SCHEDULE_DELAY"] = "200";
        settings["Sessions:Lifetime"] = Lifetime.ToString();
        settings["Webhooks:AllowPrivateNetworks"] = "true";
        settings["Retention:Sessions"] = "31.00:00:00";
        settings["Retention:Interval"] = "00:00:01";
        settings["Cluster:NodeName"] = "node-of-the-test";
        process = await ServiceProcess.Start(folder.Path, settings);
    }

    /// <summary>A process without grains in front of the service, of which every request is traced.</summary>
    internal Task<ServiceProcess> StartGateway() => ServiceProcess.Start(
        Directory.CreateDirectory(Path.Combine(folder.Path, "gateway")).FullName,
        new Dictionary<string, string?>
        {
            ["Secrets:Keys:0"] = settings["Secrets:Keys:0"],
            ["Cluster:Gateways"] = $"127.0.0.1:{settings["Cluster:GatewayPort"]}",
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Viewer.OtlpUrl,
            ["OTEL_TRACES_SAMPLER_ARG"] = "1",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
        });

    /// <summary>What was exported is searched for the secrets of the whole run, as logs are.</summary>
    public async Task DisposeAsync()
    {
        if (process is not null && viewer is not null)
        {
            await File.WriteAllTextAsync(TestLog.NewFile("scrape"), (await Scrape()).Text);
            await File.WriteAllTextAsync(TestLog.NewFile("spans"), await viewer.Everything());
        }

        if (process is not null) await process.DisposeAsync();
        if (viewer is not null) await viewer.DisposeAsync();
        if (inbox is not null) await inbox.DisposeAsync();
        http.Dispose();
        folder.Dispose();
    }
}

[CollectionDefinition(MeasuredService.Name)]
public sealed class MeasuredTests : ICollectionFixture<MeasuredService>;
