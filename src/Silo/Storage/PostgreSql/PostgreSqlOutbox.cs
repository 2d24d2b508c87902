namespace Bleepay.Silo.Storage.PostgreSql;

/// <summary>
/// The end of the statements that store changes: it owes each new event to the endpoints that want it, in the same
/// commit and for the whole batch at once. Where nobody wants any, that is a look at an index for each business.
/// </summary>
internal static class PostgreSqlOutbox
{
    /// <summary>
    /// Returns the ids that were stored, each with the endpoints that are owed an event of it, or null, and with
    /// <see cref="SessionWriteOutcome.Stored"/>. The queue's rows are touched in the order in
    /// which <see cref="PostgreSqlWebhookDialect"/> locks them, so that no two commits wait for each other. They are
    /// due 10 s before their time, so that a node whose clock is behind this one's finds them at once.
    /// </summary>
    /// <param name="stored">What the statement calls the rows that it has stored, <c>id</c> and
    /// <c>business_id</c>.</param>
    /// <param name="events">The arrays of the new events: session, sequence, time, and type or null.</param>
    public static string Owe(string stored, string events) =>
        $"""
        ,
        wanted as (
            select id, business_id, events from webhook_endpoint
            where is_enabled and business_id in (select business_id from {stored})),
        owed as (
            insert into webhook_delivery (
                endpoint_id, session_id, sequence, business_id, event_type, status, attempts, step, created_at)
            select endpoint.id, event.session_id, event.sequence, endpoint.business_id, event.type, 'PENDING', 0, 0,
                event.occurred_at
            from unnest({events}) as event (session_id, sequence, occurred_at, type)
            join {stored} on {stored}.id = event.session_id
            join wanted as endpoint on endpoint.business_id = {stored}.business_id
                and strpos(endpoint.events, ',' || event.type || ',') > 0
            where exists (select 1 from wanted)
            returning endpoint_id, session_id, created_at),
        queued as (
            insert into webhook_queue as queue (endpoint_id, session_id, version, due_at)
            select endpoint_id, session_id, 1, min(created_at) - interval '10 seconds' from owed
            group by session_id, endpoint_id
            order by session_id, endpoint_id
            on conflict (endpoint_id, session_id) do update set version = queue.version + 1)
        select {stored}.id, owing.endpoint_ids, {(int)SessionWriteOutcome.Stored} from {stored}
        left join (
            select session_id, array_agg(distinct endpoint_id) as endpoint_ids from owed group by session_id) as owing
            on owing.session_id = {stored}.id
        """;
}
