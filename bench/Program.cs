using System.Text.Json;
using Bleepay.Bench;
using Bleepay.Bench.Baselines;
using Bleepay.Bench.Load;
using Bleepay.Bench.Report;

// A baseline is this program once more, as a separate process.
if (args is ["serve", var variant, var connectionString, var widgetsPath])
{
    await Baseline.Serve(variant, connectionString, widgetsPath);
    return 0;
}

if (args is [Collector.Command, var metricsUrl])
{
    await Collector.Serve(new Uri(metricsUrl));
    return 0;
}

try
{
    var options = BenchOptions.Parse(args);
    var folder = Directory.CreateTempSubdirectory("bleepay-bench-").FullName;
    try
    {
        using var server = new PostgreSql();
        var machine = Machine.Describe(server.Describe());
        foreach (var (name, value) in machine) Console.WriteLine($"{name}: {value}");
        var report = options.IsScale
            ? await Scale.Run(server, options, folder)
            : await Rounds.Run(server, options, folder);
        report["machine"] = machine;
        if (options.JsonPath is { } path)
            await File.WriteAllTextAsync(path, report.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
    }
    finally
    {
        Directory.Delete(folder, recursive: true);
    }

    return 0;
}
catch (ArgumentException wrong)
{
    await Console.Error.WriteLineAsync($"{wrong.Message}\n\n{BenchOptions.Usage}");
    return 2;
}
catch (BenchmarkException failure)
{
    await Console.Error.WriteLineAsync($"The benchmark has FAILED: {failure.Message}");
    return 1;
}
