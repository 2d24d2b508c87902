using System.Data.Common;
using Bleepay.Grains.Widgets;
using Npgsql;

namespace Bleepay.Silo.Storage.PostgreSql;

/// <summary>Reads which widgets other silos have changed, four times a second and for all widgets at once.</summary>
internal sealed partial class PostgreSqlWidgetChanges(
    PostgreSqlDatabase database,
    WidgetChanges changes,
    ILogger<PostgreSqlWidgetChanges> logger) : BackgroundService
{
    /// <summary>
    /// The rows of the last 30 seconds: a commit is visible later than the time of its row, by its duration.
    /// </summary>
    private const string Recent =
        $"""
        select GrainIdExtensionString, Version from OrleansStorage
        where GrainTypeString = '{WidgetGrain.StateName}' and ModifiedOn > now() - interval '30 seconds'
        """;

    private static readonly TimeSpan Period = WidgetChanges.CurrentFor / 3;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        changes.ExpectOthers();
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var began = changes.Now;
                changes.Record(await Read(stoppingToken), began);
                await timer.WaitForNextTickAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) when (failure is DbException or TimeoutException)
            {
                // Until it succeeds again, each request asks the widget's owner.
                LogNotRead(failure);
            }
        }
    }

    private async Task<List<(string WidgetId, int Version)>> Read(CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand(Recent, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var found = new List<(string, int)>();
        while (await reader.ReadAsync(cancellation)) found.Add((reader.GetString(0), reader.GetInt32(1)));
        return found;
    }

    [LoggerMessage(LogLevel.Debug, "The changes of widgets could not be read; it is tried again")]
    private partial void LogNotRead(Exception failure);
}
