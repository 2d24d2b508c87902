using Bleepay.Silo.Storage.Retention;

namespace Bleepay.Silo.Storage.Sqlite;

/// <summary>Old sessions in SQLite. Its one writer waits during a batch, so a batch is small.</summary>
internal sealed class SqliteRetention(SqliteDatabase database) : IRetentionTable, IDisposable
{
    /// <summary>The largest batch: a few milliseconds.</summary>
    public const int SessionsInBatchMax = 500;

    private const string Oldest =
        """
        with recursive step (business_id, payment_status, created_at) as (
            select * from (
                select business_id, payment_status, created_at from deposit_session
                order by business_id, payment_status, created_at limit 1)
            union all
            select next.business_id, next.payment_status, next.created_at
            from step join deposit_session as next on next.rowid = (
                select rowid from deposit_session
                where (business_id, payment_status) > (step.business_id, step.payment_status)
                order by business_id, payment_status, created_at limit 1))
        select business_id, payment_status, created_at from step
        where payment_status in ('CONFIRMED', 'OVERPAID', 'EXPIRED')
        """;

    private const string InRange =
        """
        session.business_id = ?1 and session.payment_status = ?2
          and session.created_at > ?3 and session.created_at < ?4
        """;

    private const string IsDeletable =
        """
        not exists (
            select 1 from webhook_queue as queue join webhook_endpoint as endpoint on endpoint.id = queue.endpoint_id
            where endpoint.business_id = ?1 and queue.subject_id = session.id)
          and not exists (
            select 1 from session_payment as payment
            where payment.session_id = session.id and (payment.stage = 'PENDING' or ?5))
        """;

    private const string Examined =
        $"""
        select session.id, session.created_at, {IsDeletable}, session.widget_id, session.customer_reference
        from deposit_session as session
        where {InRange}
        order by session.created_at limit ?6
        """;

    private const string Unerased =
        $"""
        select session.id, session.created_at,
            session.erased_at is null and coalesce(
                session.customer_email, session.customer_reference, session.metadata, session.fingerprint) is not null
        from deposit_session as session
        where {InRange}
        order by session.created_at limit ?5
        """;

    private readonly SqliteTableConnection connection = new(database);

    public IReadOnlyList<FinalSessions> ReadOldest() => connection.Read(
        Oldest, row => new FinalSessions(row.GetString(0), row.GetString(1), ColumnTypes.Time.Read(row, 2)));

    public RetentionBatch Delete(RetentionRange range, int sessionsMax) => connection.Write(() =>
    {
        var limit = Math.Min(sessionsMax, SessionsInBatchMax);
        var examined = connection.Read(
            Examined,
            row => (
                Id: row.GetString(0), At: ColumnTypes.Time.Read(row, 1), IsDeletable: row.GetBoolean(2),
                WidgetId: row.GetString(3), Reference: ColumnTypes.OptionalText.Read(row, 4)),
            [.. Values(range), range.OnlyUnpaid, limit]);
        foreach (var (id, _, isDeletable, widgetId, reference) in examined)
        {
            if (!isDeletable) continue;
            connection.Execute("delete from session_payment where session_id = ?1", id);
            connection.Execute("delete from session_event where session_id = ?1", id);
            connection.Execute("delete from deposit_session where id = ?1", id);
            connection.Execute(SqliteErasure.DropUnusedCounter, widgetId, reference);
        }

        return new RetentionBatch(
            examined.Count == limit,
            [.. examined.Where(session => session.IsDeletable).Select(session => session.Id)],
            examined.Count == 0 ? null : examined[^1].At);
    });

    public long CountDeletable(RetentionRange range) => (long)connection.Scalar(
        $"select count(*) from deposit_session as session where {InRange} and {IsDeletable}",
        [.. Values(range), range.OnlyUnpaid])!;

    public RetentionBatch ReadUnerased(RetentionRange range, int sessionsMax)
    {
        var limit = Math.Min(sessionsMax, SessionsInBatchMax);
        var examined = connection.Read(
            Unerased,
            row => (Id: row.GetString(0), At: ColumnTypes.Time.Read(row, 1), IsUnerased: row.GetBoolean(2)),
            [.. Values(range), limit]);
        return new RetentionBatch(
            examined.Count == limit,
            [.. examined.Where(session => session.IsUnerased).Select(session => session.Id)],
            examined.Count == 0 ? null : examined[^1].At);
    }

    public void Dispose() => connection.Dispose();

    private static object?[] Values(RetentionRange range) =>
    [
        range.BusinessId, range.Status, range.After.ToUnixTimeMilliseconds(), range.Before.ToUnixTimeMilliseconds(),
    ];
}
