using System.Globalization;
using Bleepay.Silo.Storage.Sessions;
using Microsoft.Data.Sqlite;

namespace Bleepay.Silo.Storage.Sqlite;

/// <summary>
/// Brings the database to this release's schema, the scripts in order and each exactly once, and recounts the open
/// sessions of capped widgets.
/// </summary>
internal sealed partial class SqliteSchema(SqliteDatabase database, ILogger logger)
{
    private const string VersionTable =
        "create table if not exists bleepay_schema (version integer primary key, name text not null, " +
        "applied_at text not null) strict";

    /// <summary>
    /// The file is this process's alone, so its counters can be recounted at each start, which corrects those of a
    /// restored or edited file. Reads open sessions only, by the index of those that fall due.
    /// </summary>
    private const string Recount =
        $"""
        delete from open_session_count;
        insert into open_session_count (widget_id, customer_reference, open_sessions)
        select widget_id, '', count(*) from deposit_session
        where {SessionTable.IsOpen} and slots & 1 <> 0
        group by widget_id
        union all
        select widget_id, customer_reference, count(*) from deposit_session
        where {SessionTable.IsOpen} and slots & 2 <> 0
        group by widget_id, customer_reference;
        """;

    /// <exception cref="SchemaTooNewException">A newer release has written this database.</exception>
    public void Migrate()
    {
        var migrations = Migration.Of(StorageProvider.Sqlite);
        using var connection = database.Open();

        // An immediate transaction takes the write lock first: of several processes that start together, one
        // migrates, and the others then find nothing left to do.
        using var transaction = connection.BeginTransaction(deferred: false);
        Execute(connection, transaction, VersionTable);
        var current = Version(connection, transaction);
        if (current > migrations[^1].Version) throw new SchemaTooNewException(current, migrations[^1].Version);

        foreach (var migration in migrations.Where(migration => migration.Version > current))
        {
            Execute(connection, transaction, migration.Sql);
            Record(connection, transaction, migration);
            LogApplied(migration.Name, database.Path);
        }

        Execute(connection, transaction, Recount);
        transaction.Commit();
    }

    private static int Version(SqliteConnection connection, SqliteTransaction transaction)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "select coalesce(max(version), 0) from bleepay_schema";
        return Convert.ToInt32(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private static void Record(SqliteConnection connection, SqliteTransaction transaction, Migration migration)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText =
            "insert into bleepay_schema (version, name, applied_at) values (@version, @name, datetime('now'))";
        command.Parameters.AddWithValue("@version", migration.Version);
        command.Parameters.AddWithValue("@name", migration.Name);
        command.ExecuteNonQuery();
    }

    private static void Execute(SqliteConnection connection, SqliteTransaction transaction, string sql)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // The text is a script of this assembly.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    [LoggerMessage(LogLevel.Information, "Applied {Migration} to {Path}")]
    private partial void LogApplied(string migration, string path);
}
