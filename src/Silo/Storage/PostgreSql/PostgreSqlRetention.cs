using System.Globalization;
using Bleepay.Silo.Storage.Retention;

namespace Bleepay.Silo.Storage.PostgreSql;

/// <summary>Old sessions in PostgreSQL. Each batch is one statement, so a node that freezes holds no lock.</summary>
/// <remarks>
/// The times are literals, so no two texts are equal and none is prepared. The planner then estimates how many sessions
/// are in the range and reads the index in its order; for a prepared statement it would assume few, and read and sort
/// the whole range for each batch. The deletions look ids up in an array for the same reason.
/// </remarks>
internal sealed class PostgreSqlRetention(PostgreSqlDatabase database) : IRetentionTable
{
    /// <summary>
    /// Goes from one business and status to the next by the index, however many sessions each has. The expression is
    /// that of the index.
    /// </summary>
    private const string Oldest =
        """
        with recursive step as (
            (select hashtextextended(business_id || ' ' || payment_status, 0) as hash, business_id, payment_status,
                created_at
             from deposit_session
             order by hashtextextended(business_id || ' ' || payment_status, 0), created_at limit 1)
            union all
            select next.* from step, lateral (
                select hashtextextended(business_id || ' ' || payment_status, 0) as hash, business_id, payment_status,
                    created_at
                from deposit_session
                where hashtextextended(business_id || ' ' || payment_status, 0) > step.hash
                order by hashtextextended(business_id || ' ' || payment_status, 0), created_at limit 1) as next)
        select business_id, payment_status, created_at from step
        where payment_status in ('CONFIRMED', 'OVERPAID', 'EXPIRED')
        """;

    /// <summary>The businesses and statuses are parameters; the times follow.</summary>
    private const string InRange =
        """
        hashtextextended(session.business_id || ' ' || session.payment_status, 0)
                = hashtextextended($1 || ' ' || $2, 0)
              and case when session.business_id = $1 and session.payment_status = $2 then true end
        """;

    public IReadOnlyList<FinalSessions> ReadOldest() => database.Read(
        Oldest, row => new FinalSessions(row.GetString(0), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2)));

    public RetentionBatch Delete(RetentionRange range, int sessionsMax) => Run(
        $"""
        with examined as materialized (
            select session.id, session.created_at from deposit_session as session
            where {InRange} and {Between(range)}
            order by session.created_at limit {sessionsMax}
            for update skip locked),
        deleted as (
            delete from deposit_session where id = any(array(
                select session.id from examined as session where {IsDeletable(range)}))
            returning id, widget_id, customer_reference),
        events as (delete from session_event where session_id = any(array(select id from deleted))),
        payments as (delete from session_payment where session_id = any(array(select id from deleted))),
        counters as ({SlotSteps.DropUnused("deleted")})
        select (select count(*)::integer from examined), (select max(created_at) from examined),
            array(select id from deleted)
        """,
        range,
        sessionsMax);

    public RetentionBatch ReadUnerased(RetentionRange range, int sessionsMax) => Run(
        $"""
        with examined as materialized (
            select session.id, session.created_at,
                session.erased_at is null and num_nonnulls(
                    session.customer_email, session.customer_reference, session.metadata, session.fingerprint) > 0
                    as is_unerased
            from deposit_session as session
            where {InRange} and {Between(range)}
            order by session.created_at limit {sessionsMax})
        select (select count(*)::integer from examined), (select max(created_at) from examined),
            array(select id from examined where is_unerased)
        """,
        range,
        sessionsMax);

    public long CountDeletable(RetentionRange range) => database.Read(
        $"""
        select count(*) from deposit_session as session
        where {InRange} and {Between(range)} and {IsDeletable(range)}
        """,
        row => row.GetInt64(0), range.BusinessId, range.Status)[0];

    private static string Between(RetentionRange range) =>
        $"session.created_at > {Literal(range.After)} and session.created_at < {Literal(range.Before)}";

    private static string Literal(DateTimeOffset time) => string.Create(
        CultureInfo.InvariantCulture, $"timestamptz '{time.UtcDateTime:yyyy-MM-dd HH:mm:ss.ffffff}Z'");

    private static string IsDeletable(RetentionRange range) =>
        $"""
        not exists (
                select 1 from webhook_queue as queue
                join webhook_endpoint as endpoint on endpoint.id = queue.endpoint_id
                where endpoint.business_id = $1 and queue.subject_id = session.id)
              and not exists (
                select 1 from session_payment as payment
                where payment.session_id = session.id{(range.OnlyUnpaid ? "" : " and payment.stage = 'PENDING'")})
        """;

    private RetentionBatch Run(string sql, RetentionRange range, int sessionsMax) => database.Read(
        sql,
        row => new RetentionBatch(
            row.GetInt32(0) == sessionsMax,
            row.GetFieldValue<string[]>(2),
            row.IsDBNull(1) ? null : row.GetFieldValue<DateTimeOffset>(1)),
        range.BusinessId, range.Status)[0];
}
