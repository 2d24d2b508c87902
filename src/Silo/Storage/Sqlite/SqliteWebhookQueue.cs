using Bleepay.Grains.Fields;
using Bleepay.Grains.Webhooks;
using Bleepay.Silo.Storage.Webhooks;

namespace Bleepay.Silo.Storage.Sqlite;

/// <summary>The queue of webhooks in SQLite.</summary>
internal sealed class SqliteWebhookQueue(SqliteDatabase database) : IWebhookQueueTable, IDisposable
{
    private readonly SqliteTableConnection connection = new(database);

    public IReadOnlyList<IReadOnlyList<ClaimedRow>> Claim(IReadOnlyList<Claim> claims) =>
        connection.Write(() => claims.Select(ClaimOne).ToArray());

    public IReadOnlyList<bool> Record(IReadOnlyList<AttemptRecord> attempts) =>
        connection.Write(() => attempts.Select(RecordOne).ToArray());

    public bool Cancel(string endpointId, int subjectsMax) => connection.Write(() =>
    {
        var subjects = connection.Read(
            "select subject_id from webhook_queue where endpoint_id = ?1 limit ?2", row => row.GetString(0),
            endpointId, subjectsMax);
        foreach (var subject in subjects)
        {
            connection.Execute(
                "delete from webhook_queue where endpoint_id = ?1 and subject_id = ?2", endpointId, subject);
            connection.Execute(
                "update webhook_delivery set status = 'FAILED', failure = 'The endpoint was deleted.' " +
                "where endpoint_id = ?1 and subject_id = ?2 and " + WebhookRows.IsWaiting,
                endpointId, subject);
        }

        return subjects.Count == subjectsMax;
    });

    public IReadOnlyList<string> ReadDueEndpoints(DateTimeOffset now) => connection.Read(
        """
        with recursive waiting (endpoint_id) as (
            select * from (select endpoint_id from webhook_queue order by endpoint_id limit 1)
            union all
            select (select queue.endpoint_id from webhook_queue as queue
                    where queue.endpoint_id > waiting.endpoint_id order by queue.endpoint_id limit 1)
            from waiting where waiting.endpoint_id is not null)
        select endpoint_id from waiting
        where endpoint_id is not null
          and exists (select 1 from webhook_queue as queue
                      where queue.endpoint_id = waiting.endpoint_id and queue.due_at <= ?1)
          and not exists (select 1 from webhook_endpoint where id = waiting.endpoint_id and is_enabled = 0)
        """,
        row => row.GetString(0), Time(now));

    public int ReleaseStranded(DateTimeOffset now, TimeSpan longestDelay) => connection.Write(() => connection.Execute(
        """
        update webhook_queue set due_at = ?1
        where due_at > ?2
          and not exists (
            select 1 from webhook_delivery as delivery
            where delivery.endpoint_id = webhook_queue.endpoint_id and delivery.subject_id = webhook_queue.subject_id
              and delivery.status = 'RETRYING' and delivery.last_attempt_at <= ?3
              and delivery.last_attempt_at >= webhook_queue.due_at - ?4)
        """,
        Time(now), Time(now + DeliveryRules.ClaimTime + DeliveryRules.ClockDifferenceMax),
        Time(now + DeliveryRules.ClockDifferenceMax), (long)longestDelay.TotalMilliseconds));

    public bool Retry(DeliveryKey key, DateTimeOffset now) => connection.Write(() =>
    {
        var isKnown = connection.Execute(
            """
            update webhook_delivery set status = case attempts when 0 then 'PENDING' else 'RETRYING' end, step = 0
            where endpoint_id = ?1 and subject_id = ?2 and sequence = ?3
              and exists (select 1 from webhook_endpoint where id = ?1)
            """,
            key.EndpointId, key.SubjectId, key.Sequence) > 0;
        if (isKnown)
            connection.Execute(
                """
                insert into webhook_queue (endpoint_id, subject_id, version, due_at) values (?1, ?2, 1, ?3)
                on conflict (endpoint_id, subject_id) do update set version = version + 1, due_at = excluded.due_at
                """,
                key.EndpointId, key.SubjectId, Time(now));
        return isKnown;
    });

    public bool AddTestEvent(TestEventDelivery delivery) => connection.Write(() =>
    {
        var key = delivery.Key;
        var added = connection.Execute(
            """
            insert into webhook_delivery (
                endpoint_id, subject_id, sequence, business_id, event_type, status, attempts, step, created_at)
            select ?1, ?2, ?3, ?4, ?5, 'PENDING', 0, 0, ?6
            where exists (select 1 from webhook_endpoint where id = ?1 and is_enabled = 1)
              and (select count(*) from webhook_queue
                   where endpoint_id = ?1 and substr(subject_id, 1, length(?7)) = ?7) < ?8
            """,
            key.EndpointId, key.SubjectId, key.Sequence, delivery.BusinessId, delivery.EventType, Time(delivery.At),
            Identifiers.TestEventPrefix, WebhookBounds.TestEventsWaitingMax);
        if (added > 0)
            connection.Execute(
                "insert into webhook_queue (endpoint_id, subject_id, version, due_at) values (?1, ?2, 1, ?3)",
                key.EndpointId, key.SubjectId, Time(delivery.At));
        return added > 0;
    });

    public void Dispose() => connection.Dispose();

    private IReadOnlyList<ClaimedRow> ClaimOne(Claim claim)
    {
        var claimed = connection.Read(
            "select subject_id from webhook_queue where endpoint_id = ?1 and due_at <= ?2 order by due_at limit ?3",
            row => row.GetString(0),
            claim.EndpointId, Time(claim.Now), claim.SubjectsMax);
        foreach (var subjectId in claimed)
            connection.Execute(
                "update webhook_queue set due_at = ?3 where endpoint_id = ?1 and subject_id = ?2",
                claim.EndpointId, subjectId, Time(claim.Until));

        return connection.ReadAll(
            "select " + WebhookRows.OfWaiting + " from webhook_queue join webhook_delivery " +
            "using (endpoint_id, subject_id) where endpoint_id = ?1 and due_at = ?2 and " + WebhookRows.IsWaiting +
            " order by subject_id, sequence",
            rows => WebhookRows.Claimed(claim.EndpointId, claimed, rows),
            claim.EndpointId, Time(claim.Until));
    }

    private bool RecordOne(AttemptRecord attempt)
    {
        var key = attempt.Key;
        connection.Execute(
            """
            update webhook_delivery
            set status = ?4, attempts = attempts + 1, step = ?5, last_attempt_at = ?6, request_url = ?7,
                request_body = case when is_erased then request_body else ?8 end, response_code = ?9,
                response_body = case when is_erased then null else ?10 end, failure = ?11
            where endpoint_id = ?1 and subject_id = ?2 and sequence = ?3 and status in ('PENDING', 'RETRYING')
            """,
            key.EndpointId, key.SubjectId, key.Sequence, WebhookRows.Text(attempt.Status), attempt.Step,
            Time(attempt.At), attempt.RequestUrl, attempt.RequestBody, attempt.ResponseCode, attempt.ResponseBody,
            attempt.Failure);
        if (attempt.DueAt is not { } dueAt) return false;

        connection.Execute(
            "delete from webhook_queue where endpoint_id = ?1 and subject_id = ?2 and version = ?3",
            key.EndpointId, key.SubjectId, attempt.ClosedVersion ?? -1);
        var moved = connection.Execute(
            "update webhook_queue set due_at = ?3 where endpoint_id = ?1 and subject_id = ?2",
            key.EndpointId, key.SubjectId, Time(dueAt));
        return moved > 0 && dueAt <= attempt.At;
    }

    private static long Time(DateTimeOffset at) => at.ToUnixTimeMilliseconds();
}
