using System.Data.Common;
using Npgsql;

namespace Bleepay.Silo.Storage.PostgreSql;

/// <summary>The PostgreSQL database that the nodes of a cluster share.</summary>
internal sealed class PostgreSqlDatabase : IDatabase, IDisposable
{
    /// <summary>
    /// Every statement of this service is one of a few, and each is sent a thousand times a second.
    /// </summary>
    private const int PreparedStatementsMax = 64;

    private readonly NpgsqlDataSource source;

    /// <param name="connectionString">Npgsql's own form: <c>Host=…;Username=…;Database=…</c>.</param>
    public PostgreSqlDatabase(string connectionString)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString)
        {
            // A pooled connection is reset by seven statements before its next use. This service leaves
            // nothing on a connection that would have to be reset.
            NoResetOnClose = true,
        };
        if (builder.MaxAutoPrepare == 0) builder.MaxAutoPrepare = PreparedStatementsMax;
        ConnectionString = builder.ConnectionString;
        source = NpgsqlDataSource.Create(ConnectionString);
    }

    public StorageProvider Provider => StorageProvider.PostgreSql;

    /// <inheritdoc/>
    public string Invariant => "Npgsql";

    public string ConnectionString { get; }

    public NpgsqlConnection Open() => source.OpenConnection();

    public void Migrate(ILogger logger) => new PostgreSqlSchema(this, logger).Migrate();

    public bool HasNoWidget()
    {
        using var connection = Open();
        using var command = new NpgsqlCommand("select not exists (select 1 from OrleansStorage)", connection);
        return command.ExecuteScalar() is true;
    }

    public ISessionDialect Sessions() => new PostgreSqlSessionDialect(this);

    public DbConnection Connect() => Open();

    public object Moment(DateTimeOffset time) => time.UtcDateTime;

    /// <inheritdoc/>
    /// <remarks>
    /// The planner takes conditions to be independent of each other, and a hundredth of a hundredth to be so few that
    /// it reads and sorts them all. The hash has said it already; of a <c>case</c> it expects nothing.
    /// </remarks>
    public string Indexed(string column, string value) =>
        $"hashtextextended(business_id || ' ' || {column}, 0) = hashtextextended(@business || ' ' || {value}, 0) " +
        $"and case when business_id = @business and {column} = {value} then true end";

    /// <inheritdoc/>
    public string Unindexed(string column, string value) => $"{column} = {value}";

    public IWebhookDialect Webhooks() => new PostgreSqlWebhookDialect(this);

    public void Dispose() => source.Dispose();
}
