using System.Data.Common;
using Bleepay.Grains.Fields;
using Bleepay.Silo.Storage.Sessions;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Bleepay.Bench.Load;

/// <summary>
/// Fills the product's tables with copies of one session that the product has opened itself, so that the seed has
/// every column right, whatever the columns are.
/// </summary>
internal static class Seeds
{
    private const string Staging = "create temporary table seed (id text, hash integer, age integer)";

    /// <summary>Each session was created at a different time before now.</summary>
    private static readonly TimeSpan AgeMax = TimeSpan.FromDays(1);

    /// <param name="template">The id of the session to be copied, which is open.</param>
    /// <param name="openUntil">SQL for the end of the open ones, in the database's own type for times.</param>
    /// <param name="openShare">How many of a hundred are open; the others have expired long ago.</param>
    public static async Task Fill(
        NpgsqlDataSource source, string template, int sessions, int openShare, string openUntil)
    {
        await using var connection = await source.OpenConnectionAsync();
        await Execute(connection, Staging);
        await using (var rows = await connection.BeginBinaryImportAsync("copy seed from stdin (format binary)"))
        {
            for (var number = 0; number < sessions; number++)
            {
                var (id, age) = Draw();
                await rows.StartRowAsync();
                await rows.WriteAsync(id);
                await rows.WriteAsync(SessionTable.HashOf(id));
                await rows.WriteAsync(age);
            }

            await rows.CompleteAsync();
        }

        await Copy(connection, template, openShare, openUntil, "created_at - seed.age * interval '1 millisecond'");
    }

    /// <inheritdoc cref="Fill(NpgsqlDataSource, string, int, int, string)"/>
    public static async Task Fill(
        SqliteConnection connection, string template, int sessions, int openShare, string openUntil)
    {
        await Execute(connection, Staging);
        await Execute(connection, "begin");
        await using (var insert = connection.CreateCommand())
        {
            insert.CommandText = "insert into seed values (?1, ?2, ?3)";
            var idParameter = insert.Parameters.AddWithValue("?1", "");
            var hashParameter = insert.Parameters.AddWithValue("?2", 0);
            var ageParameter = insert.Parameters.AddWithValue("?3", 0);
            for (var number = 0; number < sessions; number++)
            {
                var (id, age) = Draw();
                idParameter.Value = id;
                hashParameter.Value = SessionTable.HashOf(id);
                ageParameter.Value = age;
                await insert.ExecuteNonQueryAsync();
            }
        }

        await Copy(connection, template, openShare, openUntil, "created_at - seed.age");
        await Execute(connection, "commit");
        await Execute(connection, "analyze");
    }

    /// <summary>A session, and how old it is in milliseconds.</summary>
    private static (string Id, int Age) Draw()
    {
        var age = Random.Shared.Next((int)AgeMax.TotalMilliseconds);
        return (Identifiers.New(Identifiers.SessionPrefix, DateTimeOffset.UtcNow.AddMilliseconds(-age)), age);
    }

    private static async Task Copy(
        DbConnection connection, string template, int openShare, string openUntil, string createdAt)
    {
        var isOpen = $"abs(seed.hash % 100) < {openShare}";
        await Insert(connection, "deposit_session", $"deposit_session.id = '{template}'", new()
        {
            ["id"] = "seed.id",
            ["grain_hash"] = "seed.hash",
            ["payment_status"] = $"case when {isOpen} then payment_status else 'EXPIRED' end",
            ["sequence"] = $"case when {isOpen} then 1 else 2 end",
            ["created_at"] = createdAt,
            ["expires_at"] = $"case when {isOpen} then {openUntil} else expires_at end",
        });
        await Execute(connection,
            "insert into session_event (session_id, sequence, payment_status, cause, occurred_at) " +
            "select seed.id, 2, 'EXPIRED', 'TIMEOUT', deposit_session.expires_at " +
            "from deposit_session cross join seed " +
            $"where deposit_session.id = '{template}' and not ({isOpen})");
    }

    /// <summary>One new row for each seed, like that of the template but for some columns.</summary>
    private static async Task Insert(
        DbConnection connection, string table, string template, Dictionary<string, string> changed)
    {
        var columns = new List<string>();
        await using (var none = connection.CreateCommand())
        {
            none.CommandText = $"select * from {table} limit 0";
            await using var row = await none.ExecuteReaderAsync();
            for (var index = 0; index < row.FieldCount; index++) columns.Add(row.GetName(index));
        }

        var values = columns.Select(column => changed.GetValueOrDefault(column, $"{table}.{column}"));
        await Execute(connection,
            $"insert into {table} ({string.Join(", ", columns)}) select {string.Join(", ", values)} " +
            $"from {table} cross join seed where {template}");
    }

    private static async Task Execute(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Every text is of this tool.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
    }
}
