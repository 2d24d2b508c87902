using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Bleepay.Bench.Load;

/// <summary>What one run of the load generator saw.</summary>
/// <param name="Answered">Requests that were answered within the time.</param>
/// <param name="Elapsed">The time.</param>
internal sealed record LoadResult(long Answered, TimeSpan Elapsed, double P50Ms, double P99Ms, double MaxMs)
{
    public double PerSecond => Answered / Elapsed.TotalSeconds;
}

/// <summary>
/// wrk: a closed loop, one request at a time on each of its kept connections. Any answer but 200 fails the run.
/// </summary>
internal static class Wrk
{
    private const string Script = "create-session.lua";
    private const string Mark = "figures ";

    /// <param name="widgetsPath">As <see cref="BenchWidget.WriteForLoad"/> writes them.</param>
    /// <param name="isKeyed">Each request has a different <c>Idempotency-Key</c>.</param>
    /// <exception cref="BenchmarkException">A request was refused or broken, or nothing was answered.</exception>
    public static async Task<LoadResult> Run(
        Uri service, string widgetsPath, string bodyPath, int connections, TimeSpan duration, bool isKeyed)
    {
        var seconds = Math.Max(1, (int)Math.Ceiling(duration.TotalSeconds));
        var start = new ProcessStartInfo("wrk")
        {
            ArgumentList =
            {
                "-t1", $"-c{connections}", $"-d{seconds}s", "--timeout", "20s", "--latency",
                "-s", Path.Combine(AppContext.BaseDirectory, Script), service.ToString(), "--", widgetsPath, bodyPath,
                isKeyed ? $"{Guid.NewGuid():N}" : "",
            },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        var line = output.Split('\n').FirstOrDefault(line => line.StartsWith(Mark, StringComparison.Ordinal));
        if (process.ExitCode != 0 || line is null)
            throw new BenchmarkException($"wrk failed: {output}{await errors}");
        return Read(line[Mark.Length..], service);
    }

    private static LoadResult Read(string json, Uri service)
    {
        using var figures = JsonDocument.Parse(json);
        var refused = Number("refused");
        var broken = Number("broken");
        if (refused > 0 || broken > 0 || Number("requests") == 0)
            throw new BenchmarkException(string.Create(
                CultureInfo.InvariantCulture,
                $"{service} answered {Number("requests")} requests, {refused} of them not with 200; " +
                $"{broken} connections broke."));
        return new LoadResult(
            Number("requests"), TimeSpan.FromMicroseconds(Number("micros")), Number("p50") / 1000.0,
            Number("p99") / 1000.0, Number("max") / 1000.0);

        long Number(string name) => figures.RootElement.GetProperty(name).GetInt64();
    }
}
