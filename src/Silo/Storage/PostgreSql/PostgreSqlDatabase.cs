using System.Data;
using System.Data.Common;
using System.Globalization;
using Bleepay.Silo.Storage.Chains;
using Bleepay.Silo.Storage.Retention;
using Bleepay.Silo.Storage.Sessions;
using Bleepay.Silo.Storage.Webhooks;
using Npgsql;

namespace Bleepay.Silo.Storage.PostgreSql;

/// <summary>The PostgreSQL database that the nodes of a cluster share.</summary>
internal sealed class PostgreSqlDatabase : IDatabase, IDisposable
{
    /// <summary>
    /// Every statement of this service is one of a few, and each is sent a thousand times a second.
    /// </summary>
    private const int PreparedStatementsMax = 64;

    /// <summary>
    /// How long a statement waits for a lock. Every lock of this service is released by the statement that took it,
    /// within milliseconds, so a lock that is held for longer belongs to another program. Longer than PostgreSQL needs
    /// to find a deadlock (1 s), and short enough for the caller to get its 503 while it still waits.
    /// </summary>
    public static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(2);

    /// <summary>
    /// After how long PostgreSQL ends a connection whose transaction is open while nothing is asked of it. No statement
    /// of this service leaves a transaction open, so this is a guard: a process that freezes must never keep locks.
    /// </summary>
    public static readonly TimeSpan IdleInTransactionTimeout = TimeSpan.FromSeconds(5);

    private readonly NpgsqlDataSource source;

    /// <summary>
    /// Lists have a separate pool, so that they take no connection from payments. The server ends a statement
    /// that takes too long, also when this process is frozen.
    /// </summary>
    private readonly NpgsqlDataSource lists;

    private readonly NpgsqlDataSource stock;

    /// <param name="connectionString">Npgsql's own form: <c>Host=…;Username=…;Database=…</c>.</param>
    public PostgreSqlDatabase(string connectionString)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString)
        {
            // A pooled connection is reset by seven statements before its next use. This service leaves
            // nothing on a connection that would have to be reset.
            NoResetOnClose = true,
        };
        builder.Options = WithTimeouts(builder.Options);
        if (builder.MaxAutoPrepare == 0) builder.MaxAutoPrepare = PreparedStatementsMax;
        ConnectionString = builder.ConnectionString;
        source = Source("bleepay", builder.ConnectionString);
        stock = Source("bleepay-orleans", builder.ConnectionString);
        builder.MaxPoolSize = ListReads.Bounds.AtOnce;
        builder.MinPoolSize = 0;
        builder.Options = string.Create(
            CultureInfo.InvariantCulture,
            $"{builder.Options} -c statement_timeout={ListReads.TimeMax.TotalMilliseconds}");
        lists = Source("bleepay-lists", builder.ConnectionString);
    }

    /// <summary>
    /// A source without a name is named by its connection string, with host and user, in every metric of its pool.
    /// </summary>
    private static NpgsqlDataSource Source(string name, string connectionString) =>
        new NpgsqlDataSourceBuilder(connectionString) { Name = name }.Build();

    /// <summary>
    /// The timeouts travel in the first message of a connection, so they cost no round trip, and the stock providers
    /// have them by the same connection string. The last value of a setting counts, so what the operator gave wins.
    /// </summary>
    private static string WithTimeouts(string? given) => string.Create(
        CultureInfo.InvariantCulture,
        $"-c lock_timeout={LockTimeout.TotalMilliseconds} " +
        $"-c idle_in_transaction_session_timeout={IdleInTransactionTimeout.TotalMilliseconds} {given}").TrimEnd();

    public StorageProvider Provider => StorageProvider.PostgreSql;

    /// <inheritdoc/>
    public string Invariant => "Npgsql";

    public string ConnectionString { get; }

    public DbDataSource? StockSource => stock;

    public NpgsqlConnection Open() => source.OpenConnection();

    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellation = default) =>
        source.OpenConnectionAsync(cancellation);

    public void Migrate(ILogger logger) => new PostgreSqlSchema(this, logger).Migrate();

    public bool HasNoWidget()
    {
        using var connection = Open();
        using var command = new NpgsqlCommand("select not exists (select 1 from OrleansStorage)", connection);
        return command.ExecuteScalar() is true;
    }

    public ISessionTables Sessions() => new PostgreSqlSessionTables(this);

    /// <inheritdoc/>
    public async Task<T> ReadSnapshot<T>(
        Func<DbConnection, CancellationToken, Task<T>> read, CancellationToken cancellation)
    {
        await using var connection = await lists.OpenConnectionAsync(cancellation);
        await using var snapshot = await connection.BeginTransactionAsync(
            IsolationLevel.RepeatableRead, cancellation);
        return await read(connection, cancellation);
    }

    public object Timestamp(DateTimeOffset time) => time.UtcDateTime;

    /// <inheritdoc/>
    public string IsOneOf(string column, string parameter) => $"{column} = any({parameter})";

    public object Values(IReadOnlyList<string> texts) => texts.ToArray();

    /// <inheritdoc/>
    /// <remarks>
    /// The planner multiplies the selectivities of the two conditions, expects almost no rows, and sorts them instead
    /// of following the index. A <c>case</c> hides the second condition, which the hash implies, from the estimate.
    /// </remarks>
    public string Indexed(string column, string value) =>
        $"hashtextextended(business_id || ' ' || {column}, 0) = hashtextextended(@business || ' ' || {value}, 0) " +
        $"and case when business_id = @business and {column} = {value} then true end";

    /// <inheritdoc/>
    public string IndexedAlone(string column, string value) =>
        $"hashtextextended({column}, 0) = hashtextextended({value}, 0) " +
        $"and case when business_id = @business and {column} = {value} then true end";

    /// <inheritdoc/>
    public string Unindexed(string column, string value) => $"{column} = {value}";

    public WebhookTables Webhooks() => new(
        new PostgreSqlWebhookQueue(this), new PostgreSqlWebhookEndpoints(this), new PostgreSqlWebhookDeliveries(this));

    public IRetentionTable Retention() => new PostgreSqlRetention(this);

    public ChainTables Chains() => new(new PostgreSqlChainReader(this), new PostgreSqlUnmatchedTable(this));

    public void Dispose()
    {
        source.Dispose();
        lists.Dispose();
        stock.Dispose();
    }
}
