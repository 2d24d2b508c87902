using System.Data.Common;

namespace Bleepay.Silo.Storage;

/// <summary>
/// The schema comes before everything that reads it; the stock providers load their queries from it. A database
/// that can't be reached is waited for: in a cluster it often starts later than the nodes.
/// </summary>
internal sealed partial class SchemaAtStart(IDatabase database, ILogger<SchemaAtStart> logger)
    : ILifecycleParticipant<ISiloLifecycle>
{
    /// <summary>PostgreSQL's <c>invalid_catalog_name</c>: the server is up, its database is still to be made.</summary>
    private const string DatabaseMissing = "3D000";

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(SchemaAtStart), ServiceLifecycleStage.First, Migrate);

    private async Task Migrate(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                // Opening a connection blocks, at worst until its time-out.
                await Task.Run(() => database.Migrate(logger), cancellation);
                StoreInstruments.SchemaIs(Migration.Of(database.Provider)[^1].Version);
                return;
            }
            catch (DbException failure) when (failure.IsTransient || failure.SqlState == DatabaseMissing)
            {
                LogWaiting(failure.Message);
                await Task.Delay(RetryDelay, cancellation);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Waiting for the database: {Reason}")]
    private partial void LogWaiting(string reason);
}
