using Bleepay.Silo.Storage.Retention;

namespace Bleepay.Silo.Storage.PostgreSql;

/// <summary>Old sessions in PostgreSQL. Each batch is one statement, so a node that freezes holds no lock.</summary>
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

    private const string InRange =
        """
        hashtextextended(session.business_id || ' ' || session.payment_status, 0)
                = hashtextextended($1 || ' ' || $2, 0)
              and case when session.business_id = $1 and session.payment_status = $2 then true end
              and session.created_at > $3 and session.created_at < $4
        """;

    private const string IsDeletable =
        """
        not exists (
                select 1 from webhook_queue as queue
                join webhook_endpoint as endpoint on endpoint.id = queue.endpoint_id
                where endpoint.business_id = $1 and queue.subject_id = session.id)
              and not exists (
                select 1 from session_payment as payment
                where payment.session_id = session.id and (payment.stage = 'PENDING' or $5))
        """;

    private const string DeleteRows =
        $"""
        with examined as materialized (
            select session.id, session.created_at from deposit_session as session
            where {InRange}
            order by session.created_at limit $6
            for update skip locked),
        deleted as (
            delete from deposit_session using (
                select session.id from examined as session where {IsDeletable}) as deletable
            where deposit_session.id = deletable.id
            returning deposit_session.id, deposit_session.widget_id, deposit_session.customer_reference),
        events as (delete from session_event using deleted where session_id = deleted.id),
        payments as (delete from session_payment using deleted where session_id = deleted.id),
        counters as (
            delete from open_session_count where (widget_id, customer_reference) in (
                select counter.widget_id, counter.customer_reference
                from open_session_count as counter join deleted using (widget_id, customer_reference)
                where counter.open_sessions = 0
                for update of counter skip locked))
        select (select count(*)::integer from examined), (select max(created_at) from examined),
            array(select id from deleted)
        """;

    private const string CountRows =
        $"select count(*) from deposit_session as session where {InRange} and {IsDeletable}";

    private const string UnerasedRows =
        $"""
        with examined as materialized (
            select session.id, session.created_at,
                session.erased_at is null and num_nonnulls(
                    session.customer_email, session.customer_reference, session.metadata, session.fingerprint) > 0
                    as is_unerased
            from deposit_session as session
            where {InRange}
            order by session.created_at limit $5)
        select (select count(*)::integer from examined), (select max(created_at) from examined),
            array(select id from examined where is_unerased)
        """;

    public IReadOnlyList<FinalSessions> ReadOldest() => database.Read(
        Oldest, row => new FinalSessions(row.GetString(0), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2)));

    public RetentionBatch Delete(RetentionRange range, int sessionsMax) => Run(
        DeleteRows, sessionsMax, range.BusinessId, range.Status, range.After.UtcDateTime, range.Before.UtcDateTime,
        range.OnlyUnpaid, sessionsMax);

    public RetentionBatch ReadUnerased(RetentionRange range, int sessionsMax) => Run(
        UnerasedRows, sessionsMax, range.BusinessId, range.Status, range.After.UtcDateTime, range.Before.UtcDateTime,
        sessionsMax);

    public long CountDeletable(RetentionRange range) => database.Read(
        CountRows, row => row.GetInt64(0), range.BusinessId, range.Status, range.After.UtcDateTime,
        range.Before.UtcDateTime, range.OnlyUnpaid)[0];

    private RetentionBatch Run(string sql, int sessionsMax, params ReadOnlySpan<object?> values) => database.Read(
        sql,
        row => new RetentionBatch(
            row.GetInt32(0) == sessionsMax,
            row.GetFieldValue<string[]>(2),
            row.IsDBNull(1) ? null : row.GetFieldValue<DateTimeOffset>(1)),
        values)[0];
}
