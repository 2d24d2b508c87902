using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;

namespace Bleepay.Tests.Harness;

/// <summary>
/// A real receiver of OTLP with an API: the standalone dashboard of Aspire, which the build downloads as a package.
/// </summary>
internal sealed class TraceViewer : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);

    private readonly Process process;
    private readonly HttpClient http;
    private readonly TemporaryFolder home = new();

    private TraceViewer()
    {
        var ports = FreePort.Several(3).Select(port => $"http://127.0.0.1:{port}").ToList();
        http = new HttpClient { BaseAddress = new Uri(ports[0]) };
        OtlpUrl = ports[1];
        var start = new ProcessStartInfo(Program!)
        {
            Environment =
            {
                ["ASPNETCORE_URLS"] = ports[0],
                ["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = ports[1],
                ["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"] = ports[2],
                ["ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS"] = "true",
                ["HOME"] = home.Path,
            },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = home.Path,
        };
        process = Process.Start(start)!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Where it takes OTLP by gRPC.</summary>
    public string OtlpUrl { get; }

    private static string? Program { get; } = typeof(TraceViewer).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .FirstOrDefault(metadata => metadata.Key == nameof(TraceViewer))?.Value;

    public static bool IsFound() => File.Exists(Program);

    public static async Task<TraceViewer> Start()
    {
        Tools.Require(Tool.TraceViewer);
        var viewer = new TraceViewer();
        await Eventually.Holds("the viewer of traces answers", StartDeadline, async () =>
        {
            try
            {
                return (await viewer.http.GetAsync(new Uri("/api/telemetry/spans?limit=1", UriKind.Relative)))
                    .IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
        return viewer;
    }

    /// <summary>Everything that it was sent, as JSON.</summary>
    public async Task<string> Everything() =>
        await http.GetStringAsync(new Uri("/api/telemetry/spans?limit=50000", UriKind.Relative));

    public async Task<IReadOnlyList<SeenSpan>> Spans() =>
    [
        .. JsonNode.Parse(await Everything())!["data"]?["resourceSpans"]?.AsArray()
            .SelectMany(resource => resource!["scopeSpans"]!.AsArray())
            .SelectMany(scope => scope!["spans"]!.AsArray())
            .Select(span => SeenSpan.Of(span!)) ?? [],
    ];

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        home.Dispose();
    }
}

/// <summary>A span as its receiver has it.</summary>
/// <param name="ParentId">Null at the root of a trace.</param>
/// <param name="Links">The ids of linked spans by the ids of their traces.</param>
internal sealed record SeenSpan(
    string TraceId,
    string Id,
    string? ParentId,
    string Name,
    bool IsServer,
    IReadOnlyDictionary<string, string> Attributes,
    IReadOnlyList<(string TraceId, string SpanId)> Links)
{
    private const int ServerKind = 2;

    public static SeenSpan Of(JsonNode span) => new(
        span["traceId"]!.GetValue<string>(),
        span["spanId"]!.GetValue<string>(),
        span["parentSpanId"]?.GetValue<string>() is { Length: > 0 } parent ? parent : null,
        span["name"]!.GetValue<string>(),
        span["kind"]!.GetValue<int>() == ServerKind,
        (span["attributes"]?.AsArray() ?? []).ToDictionary(
            attribute => attribute!["key"]!.GetValue<string>(),
            attribute => Convert.ToString(
                attribute!["value"]!.AsObject().First().Value, CultureInfo.InvariantCulture) ?? ""),
        [.. (span["links"]?.AsArray() ?? []).Select(link =>
            (link!["traceId"]!.GetValue<string>(), link["spanId"]!.GetValue<string>()))]);
}
