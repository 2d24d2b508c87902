using Npgsql;

namespace Bleepay.Silo.Storage.PostgreSql;

/// <summary>
/// Brings the database to this release's schema, one script after the other, each exactly once.
/// </summary>
internal sealed partial class PostgreSqlSchema(PostgreSqlDatabase database, ILogger logger)
{
    /// <summary>"bleepay" in ASCII: any number will do that no other program of the database locks.</summary>
    private const long MigrationLock = 0x626C6565706179;

    private const string VersionTable =
        """
        create table if not exists bleepay_schema (
            version integer primary key, name text not null, applied_at timestamptz not null default now())
        """;

    /// <exception cref="SchemaTooNewException">A newer release has written this database.</exception>
    public void Migrate()
    {
        var migrations = Migration.Of(StorageProvider.PostgreSql);
        using var connection = database.Open();
        using var transaction = connection.BeginTransaction();

        // Of several nodes that start together one migrates; the others wait, and find nothing left to do.
        Execute(connection, $"select pg_advisory_xact_lock({MigrationLock})");
        Execute(connection, VersionTable);
        var current = Version(connection);
        if (current > migrations[^1].Version) throw new SchemaTooNewException(current, migrations[^1].Version);

        foreach (var migration in migrations.Where(migration => migration.Version > current))
        {
            Execute(connection, migration.Sql);
            Record(connection, migration);
            LogApplied(migration.Name);
        }

        transaction.Commit();
    }

    private static int Version(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand("select coalesce(max(version), 0) from bleepay_schema", connection);
        return (int)command.ExecuteScalar()!;
    }

    private static void Record(NpgsqlConnection connection, Migration migration)
    {
        using var command = new NpgsqlCommand(
            "insert into bleepay_schema (version, name) values ($1, $2)", connection);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = migration.Version });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = migration.Name });
        command.ExecuteNonQuery();
    }

    private static void Execute(NpgsqlConnection connection, string sql)
    {
#pragma warning disable CA2100 // The text is a script of this assembly.
        using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    [LoggerMessage(LogLevel.Information, "Applied {Migration} to the database")]
    private partial void LogApplied(string migration);
}
