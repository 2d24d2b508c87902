using Bleepay.Grains.Chains;
using Bleepay.Silo.Storage.Chains;
using Microsoft.Data.Sqlite;

namespace Bleepay.Silo.Storage.Sqlite;

/// <summary>Unmatched payments in SQLite. Its commits take turns with those of every other connection.</summary>
internal sealed class SqliteUnmatchedTable : IUnmatchedTable, IDisposable
{
    private readonly Lock gate;
    private readonly SqliteConnection connection;
    private readonly SqliteCommits commits;
    private readonly SqliteOutbox outbox;
    private readonly SqliteInsert<UnmatchedRow> insert;
    private readonly SqliteStatement update;
    private readonly SqliteStatement select;
    private readonly SqliteStatement assign;
    private readonly SqliteStatement release;

    public SqliteUnmatchedTable(SqliteDatabase database)
    {
        gate = database.WriteGate;
        connection = database.Open();
        commits = new(connection);
        outbox = new(connection);
        insert = new(connection, UnmatchedPaymentTable.Table, "on conflict (id) do nothing");
        update = new(
            connection,
            $"""
            update unmatched_payment as known set {UnmatchedPaymentTable.Seen}
            from (select ?2 as block_number, ?3 as block_time, ?4 as confirmations, ?5 as is_settled, ?6 as is_removed,
                ?7 as amount) as new
            where known.id = ?1
            """);
        select = new(connection, UnmatchedPaymentTable.Select("?1"));
        assign = new(connection, UnmatchedPaymentTable.Assign("?1", "?2", "?3"));
        release = new(connection, UnmatchedPaymentTable.Release("?1", "?2"));
    }

    public UnmatchedCommit Record(IReadOnlyList<UnmatchedSighting> sightings, DateTimeOffset now) => Commit(() =>
    {
        outbox.Begin();
        var queued = new HashSet<string>();
        var sessions = sightings.Select(sighting => Record(UnmatchedRow.Of(sighting, now), queued)).ToList();
        return new UnmatchedCommit(sessions, [.. queued]);
    });

    public UnmatchedRow? Read(string id)
    {
        lock (gate) return One(select, id);
    }

    public UnmatchedRow? Claim(string id, string sessionId, DateTimeOffset now) =>
        Commit(() => One(assign, id, sessionId, now.ToUnixTimeMilliseconds()));

    public void Release(string id, string sessionId) => Commit(() => release.Execute(id, sessionId));

    public void Dispose()
    {
        foreach (var statement in new IDisposable[]
        {
            commits, outbox, insert, update, select, assign, release, connection,
        })
            statement.Dispose();
    }

    /// <returns>The session that the payment was assigned to, or null.</returns>
    private string? Record(UnmatchedRow row, HashSet<string> queued)
    {
        if (!row.IsRemoved && insert.Execute(row) > 0)
        {
            queued.UnionWith(outbox.Queue(row.Payment));
            return null;
        }

        var payment = row.Payment;
        update.Execute(
            payment.Id, payment.BlockNumber, row.BlockTime.ToUnixTimeMilliseconds(), payment.Confirmations,
            row.IsSettled, row.IsRemoved, payment.Amount);
        return One(select, payment.Id)?.Payment.SessionId;
    }

    private T Commit<T>(Func<T> change)
    {
        lock (gate) return commits.Run(change);
    }

    private static UnmatchedRow? One(SqliteStatement statement, params ReadOnlySpan<object?> values)
    {
        using var row = statement.Query(values);
        return row.Read() ? UnmatchedPaymentTable.Read(row) : null;
    }
}
