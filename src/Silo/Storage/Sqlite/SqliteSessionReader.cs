using System.Text.Json;
using Bleepay.Grains.Sessions;
using Microsoft.Data.Sqlite;

namespace Bleepay.Silo.Storage.Sqlite;

/// <summary>Reads sessions by id, many at a time. Used by one thread.</summary>
internal sealed class SqliteSessionReader : IDisposable
{
    private static readonly SessionRows Rows =
        new((row, column) => DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column)));

    private readonly SqliteConnection connection;
    private readonly SqliteStatement begin;
    private readonly SqliteStatement end;
    private readonly SqliteStatement sessions;
    private readonly SqliteStatement events;
    private readonly SqliteStatement payments;

    public SqliteSessionReader(SqliteConnection connection)
    {
        this.connection = connection;
        begin = new(connection, "begin");
        end = new(connection, "commit");
        sessions = new(
            connection,
            "select " + SessionRows.OfSession + " from deposit_session where id in (select value from json_each(?1))");
        events = new(
            connection,
            "select " + SessionRows.OfEvent + " from session_event " +
            "where session_id in (select value from json_each(?1)) order by session_id, sequence");
        payments = new(
            connection,
            "select " + SessionRows.OfPayment + " from session_payment " +
            "where session_id in (select value from json_each(?1)) order by session_id, seen_sequence");
    }

    public IReadOnlyList<DepositSession?> Read(IReadOnlyList<string> ids)
    {
        // One read transaction, so that a row, its events and payments are of the same moment.
        begin.Execute();
        try
        {
            var wanted = JsonSerializer.Serialize(ids);
            using var changes = events.Query(wanted);
            var timelines = Rows.ReadTimelines(changes);
            using var transfers = payments.Query(wanted);
            var paid = Rows.ReadPayments(transfers);
            using var row = sessions.Query(wanted);
            var found = Rows.Read(row, timelines, paid);
            return [.. ids.Select(found.GetValueOrDefault)];
        }
        finally
        {
            end.Execute();
        }
    }

    public void Dispose()
    {
        foreach (var statement in new[] { begin, end, sessions, events, payments }) statement.Dispose();
        connection.Dispose();
    }
}
