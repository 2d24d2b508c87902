using Bleepay.Silo.Storage.Sessions;

namespace Bleepay.Silo.Storage.Sqlite;

/// <summary>Erases customers' data from sessions in SQLite.</summary>
internal sealed class SqliteErasure(SqliteDatabase database) : IDisposable
{
    /// <summary>Deletes the counter of a widget and a customer reference if it is at zero.</summary>
    public const string DropUnusedCounter =
        "delete from open_session_count where widget_id = ?1 and customer_reference = ?2 and open_sessions = 0";

    private static readonly IReadOnlyList<string> Written =
        [.. SessionTable.Changing.Concat(SessionTable.Erased).Select(column => column.Name)];

    private static readonly string UpdateSession =
        "update deposit_session set " +
        string.Join(", ", Written.Select((column, index) => $"{column} = ?{index + 3}")) +
        " where id = ?1 and sequence = ?2";

    private static readonly string InsertEvent = SqliteInsert<SessionEvent>.Into(SessionEventTable.Table);

    /// <summary>The index of lists finds the deliveries: its columns are known but for the endpoint.</summary>
    private const string RedactBody =
        """
        update webhook_delivery set request_body = ?5, response_body = null, is_erased = 1
        where business_id = ?1 and status in ('PENDING', 'RETRYING', 'DELIVERED', 'FAILED') and created_at = ?2
          and subject_id = ?3 and sequence = ?4
        """;

    private readonly SqliteTableConnection connection = new(database);

    /// <inheritdoc cref="ISessionTables.Erase"/>
    public IReadOnlyList<SessionWriteResult> Erase(IReadOnlyList<SessionWrite> batch) =>
        connection.Write(() => batch.Select(write => SessionWriteResult.Of(EraseOne(write))).ToArray());

    public void Dispose() => connection.Dispose();

    private SessionWriteOutcome EraseOne(SessionWrite write)
    {
        var session = write.Session;
        var reference = connection.Scalar("select customer_reference from deposit_session where id = ?1", session.Id);
        var updated = connection.Execute(
            UpdateSession,
            [
                session.Id, write.StoredSequence,
                .. SessionTable.Changing.Concat(SessionTable.Erased).Select(column => column.ValueOf(session)),
            ]);
        if (updated == 0) return SessionWriteOutcome.Conflict;

        foreach (var entry in write.NewEvents)
            connection.Execute(
                InsertEvent, [.. SessionEventTable.Table.Columns.Select(column => column.ValueOf(entry))]);
        foreach (var body in write.ErasedBodies)
            connection.Execute(
                RedactBody, session.BusinessId, body.At.ToUnixTimeMilliseconds(), session.Id, body.Sequence, body.Body);
        connection.Execute(DropUnusedCounter, session.WidgetId, reference);
        return SessionWriteOutcome.Stored;
    }
}
