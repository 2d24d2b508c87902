using System.Text.Json;
using Bleepay.Grains.Sessions;
using Bleepay.Silo.Storage.Sessions;
using Microsoft.Data.Sqlite;

namespace Bleepay.Silo.Storage.Sqlite;

/// <summary>Reads sessions by id, many at a time. Used by one thread.</summary>
internal sealed class SqliteSessionReader : IDisposable
{
    private const string IsWanted = "in (select value from json_each(?1))";

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
        sessions = new(connection, SessionTable.Select(IsWanted));
        events = new(connection, SessionEventTable.Select(IsWanted));
        payments = new(connection, SessionPaymentTable.Select(IsWanted));
    }

    public IReadOnlyList<DepositSession?> Read(IReadOnlyList<string> ids)
    {
        // One read transaction, so that a row, its events and payments belong together.
        begin.Execute();
        try
        {
            var wanted = JsonSerializer.Serialize(ids);
            using var changes = events.Query(wanted);
            var timelines = SessionRows.ReadTimelines(changes);
            using var transfers = payments.Query(wanted);
            var paid = SessionRows.ReadPayments(transfers);
            using var rows = sessions.Query(wanted);
            var found = SessionRows.Read(rows, timelines, paid);
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
