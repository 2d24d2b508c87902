using Bleepay.Bench;
using Bleepay.Bench.Load;
using Bleepay.Tests.Harness;
using Npgsql;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo;

/// <summary>
/// What one session costs, by counters that do not depend on the load of the machine: a change that makes creations
/// more expensive fails here on every machine. <c>bench/run</c> measures the rest.
/// </summary>
public sealed class CreationCostTests(ITestOutputHelper output)
{
    private const int WarmUpSessions = 3_000;
    private const int MeasuredSessions = 6_000;

    private const double CommitsMax = 0.1;
    /// <summary>A row that fills every filter of the lists, and an entry in each of nine indexes.</summary>
    private const double WriteAheadBytesMax = 1_160;
    private const double AllocatedBytesMax = 23_200;

    /// <summary>What metrics and the traces of one request in a hundred may add.</summary>
    private const double TelemetryBytesMax = 700;

    [FactThatNeeds(Tool.PostgreSql)]
    public Task Sessions_of_64_connections_share_commits_and_cost_few_bytes() => Measure(null, AllocatedBytesMax);

    [FactThatNeeds(Tool.PostgreSql, Tool.TraceViewer)]
    public async Task Metrics_and_a_hundredth_of_the_traces_cost_few_bytes_more()
    {
        await using var viewer = await TraceViewer.Start();
        await Measure(viewer.OtlpUrl, AllocatedBytesMax + TelemetryBytesMax);
    }

    /// <param name="collector">Where telemetry is sent; null for a service without any.</param>
    private async Task Measure(string? collector, double allocatedBytesMax)
    {
        using var server = PostgreSqlServer.Start();
        using var folder = new TemporaryFolder();
        var probe = Path.Combine(folder.Path, "probe.sock");
        var settings = Databases.SettingsOf(server);
        settings[ServiceProcess.TieredPgo] = null;
        settings["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location;
        settings[StartupHook.SocketVariable] = probe;
        if (collector is not null)
        {
            settings["Telemetry:MetricsPort"] = $"{FreePort.Several(1)[0]}";
            settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector;
        }

        await using var node = await ServiceProcess.Start(folder.Path, settings);
        await using var database = NpgsqlDataSource.Create(settings["ConnectionStrings:Bleepay"]!);
        await Execute(database, "create extension pg_walinspect");
        var load = new SessionLoad(await node.Api.CreateWidget(), BenchWidget.SessionBody);
        await load.Run(node.Api, WarmUpSessions);
        await Execute(database, "vacuum analyze");

        var positionBefore = await Text(database, "select pg_current_wal_flush_lsn()::text");
        var allocatedBefore = (await ProbeFigures.Ask(probe)).AllocatedBytes;
        await load.Run(node.Api, WarmUpSessions + MeasuredSessions);
        var allocated = (double)((await ProbeFigures.Ask(probe)).AllocatedBytes - allocatedBefore) / MeasuredSessions;
        var position = await Text(database, "select pg_current_wal_flush_lsn()::text");

        Assert.True(load.Refusals.Count == 0, load.Refused);
        Assert.Equal(WarmUpSessions + MeasuredSessions, load.Acknowledged.Count);
        var commits = await Each(
            database,
            $"select sum(count) from pg_get_wal_stats('{positionBefore}', '{position}', true) " +
            "where \"resource_manager/record_type\" = 'Transaction/COMMIT'");
        var bytes = await Each(database, $"select pg_wal_lsn_diff('{position}', '{positionBefore}')");
        output.WriteLine($"a session: {commits:F3} commits, {bytes:F0} B written ahead, {allocated:F0} B allocated");
        Assert.InRange(commits, 0, CommitsMax);
        Assert.InRange(bytes, 0, WriteAheadBytesMax);
        Assert.InRange(allocated, 0, allocatedBytesMax);
    }

    private static async Task<double> Each(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        return (double)(decimal)(await command.ExecuteScalarAsync())! / MeasuredSessions;
    }

    private static async Task<string> Text(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private static async Task Execute(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
