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
            version integer primary key, name text not null, applied_at timestamptz not null default now());
        """;

    /// <summary>Of a script within a step; no script contains either.</summary>
    private const string Quote = "$bleepay_script$";

    private const string StepQuote = "$bleepay_step$";

    /// <summary>A step may move a large table, and the other nodes wait for it.</summary>
    private const int Unlimited = 0;

    /// <exception cref="SchemaTooNewException">A newer release has written this database.</exception>
    public void Migrate()
    {
        var migrations = Migration.Of(StorageProvider.PostgreSql);
        using var connection = database.Open();
        Execute(connection, Step(VersionTable));
        var current = Version(connection);
        if (current > migrations[^1].Version) throw new SchemaTooNewException(current, migrations[^1].Version);

        foreach (var migration in migrations.Where(migration => migration.Version > current))
            if (Apply(connection, migration)) LogApplied(migration.Name);
    }

    /// <returns>False if another node has applied it meanwhile.</returns>
    private static bool Apply(NpgsqlConnection connection, Migration migration)
    {
        var before = Version(connection);
        Execute(connection, Step(
            $"""
            if not exists (select 1 from bleepay_schema where version >= {migration.Version}) then
                execute {Quote}{migration.Sql}{Quote};
                insert into bleepay_schema (version, name) values ({migration.Version}, '{migration.Name}');
            end if;
            """));
        return before < migration.Version;
    }

    /// <summary>
    /// One statement, and so one transaction that the server ends alone: a node that freezes meanwhile keeps no
    /// lock on the tables of the others. Of several nodes that start together one applies the step; the others wait,
    /// however long it takes, and find nothing left to do. The locks of the step itself keep the usual time-out, since
    /// all statements of the running nodes queue behind a lock that waits.
    /// </summary>
    private static string Step(string sql) =>
        $"""
        do {StepQuote}
        declare
            usual text := current_setting('lock_timeout');
        begin
            perform set_config('lock_timeout', '0', true);
            perform pg_advisory_xact_lock({MigrationLock});
            perform set_config('lock_timeout', usual, true);
            {sql}
        end
        {StepQuote}
        """;

    private static int Version(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand("select coalesce(max(version), 0) from bleepay_schema", connection);
        return (int)command.ExecuteScalar()!;
    }

    private static void Execute(NpgsqlConnection connection, string sql)
    {
#pragma warning disable CA2100 // The text is a script of this assembly.
        using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = Unlimited };
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    [LoggerMessage(LogLevel.Information, "Applied {Migration} to the database")]
    private partial void LogApplied(string migration);
}
