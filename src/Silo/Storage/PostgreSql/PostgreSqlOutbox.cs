using Bleepay.Grains.Sessions;
using Bleepay.Grains.Webhooks;
using Bleepay.Silo.Storage.Chains;
using Bleepay.Silo.Storage.Sessions;

namespace Bleepay.Silo.Storage.PostgreSql;

/// <summary>
/// The end of the statements that store changes: it queues each new event for the endpoints that subscribe to it, in
/// the same commit and for the whole batch at once. Without subscribers, that costs one index lookup for each business.
/// </summary>
internal static class PostgreSqlOutbox
{
    /// <summary>
    /// Returns the ids that were stored, each with the endpoints that have an event of it queued, or null, and with
    /// <see cref="SessionWriteOutcome.Stored"/>. The queue's rows are touched in the order in which
    /// <see cref="PostgreSqlWebhookQueue"/> locks them, so that no two commits wait for each other. They are due 10 s
    /// before their time, so that a node whose clock is behind this one's finds them at once.
    /// </summary>
    /// <param name="stored">What the statement calls the rows that it has stored, <c>id</c> and
    /// <c>business_id</c>.</param>
    /// <param name="events">The new events of these and of other sessions; those of others are left out.</param>
    public static string Queue(string stored, OutboxEvents events) =>
        $"""
        {Steps(stored, events)}
        select {stored}.id, owing.endpoint_ids, {(int)SessionWriteOutcome.Stored} from {stored}
        {Owing(stored)}
        """;

    /// <summary>The steps that queue the events, to be followed by a <c>select</c>.</summary>
    /// <inheritdoc cref="Queue" path="/param"/>
    public static string Steps(string stored, OutboxEvents events) =>
        $"""
        ,
        wanted as (
            select id, business_id, events from webhook_endpoint
            where is_enabled and business_id in (select business_id from {stored})),
        owed as (
            insert into webhook_delivery (
                endpoint_id, subject_id, sequence, business_id, event_type, status, attempts, step, created_at)
            select endpoint.id, event.session_id, event.sequence, endpoint.business_id, event.type, 'PENDING', 0, 0,
                event.occurred_at
            from unnest({events.SessionIds}, {events.Sequences}, {events.Times}, {events.Types})
                as event (session_id, sequence, occurred_at, type)
            join {stored} on {stored}.id = event.session_id
            join wanted as endpoint on endpoint.business_id = {stored}.business_id
                and strpos(endpoint.events, ',' || event.type || ',') > 0
            where exists (select 1 from wanted)
            returning endpoint_id, subject_id, created_at),
        queued as (
            insert into webhook_queue as queue (endpoint_id, subject_id, version, due_at)
            select endpoint_id, subject_id, 1, min(created_at) - interval '10 seconds' from owed
            group by subject_id, endpoint_id
            order by subject_id, endpoint_id
            on conflict (endpoint_id, subject_id) do update set version = queue.version + 1)
        """;

    /// <summary>
    /// The end of the <c>select</c>: joins the endpoints that have an event queued, as <c>owing.endpoint_ids</c>.
    /// </summary>
    /// <inheritdoc cref="Queue" path="/param"/>
    public static string Owing(string stored) =>
        $"""
        left join (
            select subject_id, array_agg(distinct endpoint_id) as endpoint_ids from owed group by subject_id) as owing
            on owing.subject_id = {stored}.id
        """;
}

/// <summary>The events of a batch, as arrays in a statement. The type is null for a change without an event.</summary>
internal sealed record OutboxEvents(string SessionIds, string Sequences, string Times, string Types)
{
    private static readonly Column<DepositSession> FirstType = new Column<DepositSession, string?>(
        "type", ColumnTypes.OptionalText, session => DepositEvent.TypeOf(session.Timeline[0]));

    private static readonly Column<SessionEvent> Type = new Column<SessionEvent, string?>(
        "type", ColumnTypes.OptionalText, entry => DepositEvent.TypeOf(entry.Change));

    private static readonly Column<UnmatchedRow> UnmatchedSequence = new Column<UnmatchedRow, int>(
        "sequence", ColumnTypes.Integer, _ => UnmatchedPaymentEvent.Sequence);

    private static readonly Column<UnmatchedRow> UnmatchedType = new Column<UnmatchedRow, string?>(
        "type", ColumnTypes.OptionalText, row => UnmatchedPaymentEvent.TypeOf(row.Payment));

    /// <summary>The first event of each new session.</summary>
    public static OutboxEvents Of(ParameterRows<DepositSession> created) => new(
        created[SessionTable.Id], created[SessionTable.Sequence], created[SessionTable.CreatedAt], created[FirstType]);

    /// <summary>The event of each payment that is recorded as unmatched.</summary>
    public static OutboxEvents Of(ParameterRows<UnmatchedRow> payments) => new(
        payments[UnmatchedPaymentTable.Id], payments[UnmatchedSequence], payments[UnmatchedPaymentTable.SeenAt],
        payments[UnmatchedType]);

    public static OutboxEvents Of(ParameterRows<SessionEvent> events) => new(
        events[SessionEventTable.SessionId], events[SessionEventTable.Sequence], events[SessionEventTable.At],
        events[Type]);

    /// <summary>These events and then the others.</summary>
    public OutboxEvents And(OutboxEvents others) => new(
        $"{SessionIds} || {others.SessionIds}",
        $"{Sequences} || {others.Sequences}",
        $"{Times} || {others.Times}",
        $"{Types} || {others.Types}");
}
