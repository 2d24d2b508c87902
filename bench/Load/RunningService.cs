using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Bleepay.Bench.Load;

/// <summary>One process of a variant: its program, its log, and the probe inside it.</summary>
internal sealed class RunningService : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(30);

    /// <summary>Those of a run that broke off end with it.</summary>
    private static readonly ConcurrentDictionary<Process, byte> Running = new();

    private readonly Process process;
    private readonly string probePath;
    private readonly string logPath;

    static RunningService() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (var forgotten in Running.Keys) forgotten.Kill();
    };

    private RunningService(Process process, Uri url, string probePath, string logPath)
    {
        this.process = process;
        this.probePath = probePath;
        this.logPath = logPath;
        Url = url;
    }

    public Uri Url { get; }

    public int ProcessId => process.Id;

    /// <summary>Starts a program of this folder and waits until it answers.</summary>
    /// <param name="assembly">Such as <c>Bleepay.Silo.dll</c>.</param>
    /// <param name="folder">For its log and its probe.</param>
    /// <param name="readyPath">What it answers with less than 500 once it can serve.</param>
    public static async Task<RunningService> Start(
        string name,
        string assembly,
        IEnumerable<string> arguments,
        IEnumerable<KeyValuePair<string, string>> settings,
        string folder,
        string readyPath)
    {
        var url = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort()}"));
        var logPath = Path.Combine(folder, $"{name}.log");
        var probePath = Path.Combine(folder, $"{name}.sock");

        // The shell only sends the output to the log; it becomes the program.
        var start = new ProcessStartInfo(
            "/bin/sh", ["-c", "log=$1; shift; exec dotnet \"$@\" >\"$log\" 2>&1", "sh", logPath,
                Path.Combine(AppContext.BaseDirectory, assembly), .. arguments])
        {
            WorkingDirectory = folder,
            Environment =
            {
                ["ASPNETCORE_URLS"] = url.ToString(),
                ["ASPNETCORE_CONTENTROOT"] = AppContext.BaseDirectory,
                ["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location,
                [StartupHook.SocketVariable] = probePath,
            },
        };
        foreach (var (key, value) in settings) start.Environment[key] = value;
        var process = Process.Start(start)!;
        Running.TryAdd(process, 0);
        var service = new RunningService(process, url, probePath, logPath);
        await service.Serves(name, readyPath);
        return service;
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public TimeSpan Cpu() => ProcessTree.Cpu(process.Id);

    /// <summary>The memory that the process holds.</summary>
    public long ResidentBytes()
    {
        process.Refresh();
        return process.WorkingSet64;
    }

    /// <inheritdoc cref="ProbeFigures.Ask"/>
    public Task<ProbeFigures> Probe(bool collect = false) => ProbeFigures.Ask(probePath, collect);

    /// <summary>What the service has logged as an error or worse.</summary>
    public IReadOnlyList<string> Errors() =>
        [.. File.ReadLines(logPath).Where(line =>
            line.StartsWith("fail:", StringComparison.Ordinal)
            || line.StartsWith("crit:", StringComparison.Ordinal)
            || line.StartsWith("Unhandled exception", StringComparison.Ordinal))];

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            using var terminate = Process.Start("kill", ["-TERM", $"{process.Id}"]);
            using var deadline = new CancellationTokenSource(StopDeadline);
            try
            {
                await process.WaitForExitAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill();
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }

        Running.TryRemove(process, out _);
        process.Dispose();
    }

    private async Task Serves(string name, string readyPath)
    {
        using var http = new HttpClient { BaseAddress = Url };
        var waited = Stopwatch.StartNew();
        while (waited.Elapsed < StartDeadline && !process.HasExited)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri(readyPath, UriKind.Relative));
                if (answer.StatusCode < HttpStatusCode.InternalServerError) return;
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            await Task.Delay(100);
        }

        throw new BenchmarkException($"{name} did not start: {await File.ReadAllTextAsync(logPath)}");
    }
}
