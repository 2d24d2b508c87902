using Bleepay.Silo.Storage.Sessions;
using Npgsql;

namespace Bleepay.Silo.Storage.PostgreSql;

/// <summary>Erases customers' data from sessions in PostgreSQL, in one statement for a batch.</summary>
internal sealed class PostgreSqlErasure(PostgreSqlDatabase database)
{
    private static readonly Column<SessionWrite> Id = SessionTable.Id.Of<SessionWrite>(write => write.Session);

    private static readonly Column<SessionWrite> StoredSequence =
        new Column<SessionWrite, int>("stored_sequence", ColumnTypes.Integer, write => write.StoredSequence);

    private static readonly IReadOnlyList<Column<SessionWrite>> Written =
        [.. SessionTable.Changing.Concat(SessionTable.Erased)
            .Select(column => column.Of<SessionWrite>(write => write.Session))];

    private static readonly Column<ErasedBody> BodySessionId =
        new Column<ErasedBody, string>("session_id", ColumnTypes.Text, body => body.SessionId);

    private static readonly Column<ErasedBody> BodySequence =
        new Column<ErasedBody, int>("sequence", ColumnTypes.Integer, body => body.Sequence);

    private static readonly Column<ErasedBody> BodyAt =
        new Column<ErasedBody, DateTimeOffset>("occurred_at", ColumnTypes.Time, body => body.At);

    private static readonly Column<ErasedBody> BodyText =
        new Column<ErasedBody, string>("body", ColumnTypes.Text, body => body.Body);

    /// <summary>
    /// The deliveries of a session are found by the index of lists: its columns are known but for the endpoint.
    /// </summary>
    private static readonly PostgreSqlStatement<Batch> Statement = new(statement =>
    {
        var sessions = statement.Rows(batch => batch.Sessions);
        var events = statement.Rows(batch => batch.Events);
        var bodies = statement.Rows(batch => batch.Bodies);
        return
            $"""
            with erased as (
                update deposit_session
                set {string.Join(", ", Written.Select(column => $"{column.Name} = new.{column.Name}"))}
                from {sessions.As("new", [Id, StoredSequence, .. Written])}, deposit_session as before
                where deposit_session.id = new.id and deposit_session.sequence = new.stored_sequence
                  and before.id = new.id
                returning deposit_session.id, deposit_session.business_id, deposit_session.widget_id,
                    before.customer_reference),
            logged as (
                insert into session_event ({SessionEventTable.Table.Names})
                select event.* from {events.As("event", SessionEventTable.Table.Columns)}
                join erased on erased.id = event.session_id),
            redacted as (
                update webhook_delivery as delivery
                set request_body = new.body, response_body = null, is_erased = true
                from {bodies.As("new", BodySessionId, BodySequence, BodyAt, BodyText)}
                join erased on erased.id = new.session_id
                where delivery.business_id = erased.business_id
                  and delivery.status in ('PENDING', 'RETRYING', 'DELIVERED', 'FAILED')
                  and delivery.created_at = new.occurred_at
                  and delivery.subject_id = new.session_id and delivery.sequence = new.sequence),
            uncounted as ({SlotSteps.DropUnused("erased")})
            select id from erased
            """;
    });

    /// <inheritdoc cref="ISessionTables.Erase"/>
    public IReadOnlyList<SessionWriteResult> Erase(IReadOnlyList<SessionWrite> writes)
    {
        // The order of commits of sessions. Of two writes of one session the second is a conflict.
        var sessions = writes.DistinctBy(write => write.Session.Id)
            .OrderBy(write => write.Session.Id, StringComparer.Ordinal).ToArray();
        var batch = new Batch(
            sessions,
            [.. sessions.SelectMany(write => write.NewEvents)],
            [.. sessions.SelectMany(write => write.ErasedBodies)]);
        var erased = new HashSet<string>(StringComparer.Ordinal);
        using (var connection = database.Open())
        using (var commands = new NpgsqlBatch(connection) { BatchCommands = { Statement.Command(batch) } })
        using (var row = commands.ExecuteReader())
            while (row.Read()) erased.Add(row.GetString(0));

        return [.. writes.Select(write => SessionWriteResult.Of(
            erased.Remove(write.Session.Id) ? SessionWriteOutcome.Stored : SessionWriteOutcome.Conflict))];
    }

    private sealed record Batch(SessionWrite[] Sessions, SessionEvent[] Events, ErasedBody[] Bodies);
}
