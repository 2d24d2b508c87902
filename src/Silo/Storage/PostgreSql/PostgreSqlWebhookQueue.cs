using Bleepay.Grains.Fields;
using Bleepay.Grains.Webhooks;
using Bleepay.Silo.Storage.Webhooks;
using Npgsql;

namespace Bleepay.Silo.Storage.PostgreSql;

/// <summary>
/// The queue of webhooks in PostgreSQL. Rows that one node is claiming are skipped by the others, not waited for.
/// </summary>
internal sealed class PostgreSqlWebhookQueue(PostgreSqlDatabase database) : IWebhookQueueTable
{
    private const string ClaimRows =
        """
        with due as (
            select subject_id from webhook_queue where endpoint_id = $1 and due_at <= $2
            order by due_at limit $4 for update skip locked)
        update webhook_queue set due_at = $3 from due
        where webhook_queue.endpoint_id = $1 and webhook_queue.subject_id = due.subject_id
        returning webhook_queue.subject_id
        """;

    /// <summary>
    /// Reads each version in the same snapshot as the events that it counts. A commit between the claim and this
    /// statement may have added an event; with the version of before, its session would never be closed.
    /// </summary>
    private const string ReadWaiting =
        "select " + WebhookRows.OfWaiting +
        " from webhook_queue join webhook_delivery using (endpoint_id, subject_id)" +
        " where endpoint_id = $1 and due_at = $2 and " + WebhookRows.IsWaiting + " order by subject_id, sequence";

    /// <summary>
    /// One statement, which the server begins when it has all of its parameters, so a node that freezes holds none of
    /// these rows. The queue's rows are locked before the deliveries, and in the same order as the commits of sessions
    /// lock them, so that no two wait for each other. A session whose version has not moved leaves the queue; the
    /// others are due at their new time and are returned. What another activation has delivered meanwhile stays so.
    /// </summary>
    private const string RecordRows =
        """
        with new as materialized (
            select * from unnest(
                $1::text[], $2::text[], $3::integer[], $4::text[], $5::integer[], $6::timestamptz[], $7::text[],
                $8::text[], $9::integer[], $10::text[], $11::text[], $12::timestamptz[], $13::integer[])
            as new (
                endpoint_id, subject_id, sequence, status, step, at, url, body, code, answer, failure, due_at,
                closed_version)),
        locked as materialized (
            select endpoint_id, subject_id, version from webhook_queue
            where (endpoint_id, subject_id) in (select endpoint_id, subject_id from new)
            order by subject_id, endpoint_id
            for update),
        recorded as (
            update webhook_delivery as delivery
            set status = new.status, attempts = delivery.attempts + 1, step = new.step, last_attempt_at = new.at,
                request_url = new.url, response_code = new.code, failure = new.failure,
                request_body = case when delivery.is_erased then delivery.request_body else new.body end,
                response_body = case when delivery.is_erased then null else new.answer end
            from new, (select count(*) from locked) as after_locks
            where delivery.endpoint_id = new.endpoint_id and delivery.subject_id = new.subject_id
              and delivery.sequence = new.sequence and delivery.status in ('PENDING', 'RETRYING')),
        moved as materialized (
            select endpoint_id, subject_id, max(new.due_at) as due_at,
                bool_or(new.closed_version is not null and new.closed_version = locked.version) as is_closed
            from new join locked using (endpoint_id, subject_id)
            where new.due_at is not null
            group by endpoint_id, subject_id),
        closed as (
            delete from webhook_queue as queue using moved
            where moved.is_closed
              and queue.endpoint_id = moved.endpoint_id and queue.subject_id = moved.subject_id)
        update webhook_queue as queue set due_at = moved.due_at
        from moved
        where not moved.is_closed
          and queue.endpoint_id = moved.endpoint_id and queue.subject_id = moved.subject_id
        returning queue.endpoint_id, queue.subject_id
        """;

    /// <summary>
    /// Delivered events stay as they are. A commit that has read the endpoint before may add more, which are found as
    /// due.
    /// </summary>
    private const string CancelRows =
        """
        with gone as (
            delete from webhook_queue where (endpoint_id, subject_id) in (
                select endpoint_id, subject_id from webhook_queue where endpoint_id = $1
                order by subject_id limit $2 for update)
            returning subject_id)
        update webhook_delivery set status = 'FAILED', failure = 'The endpoint was deleted.'
        from gone
        where endpoint_id = $1 and webhook_delivery.subject_id = gone.subject_id and status in ('PENDING', 'RETRYING')
        """;

    /// <summary>Goes from endpoint to endpoint by the index, however much waits for each.</summary>
    private const string DueEndpoints =
        """
        with recursive waiting as (
            (select endpoint_id from webhook_queue order by endpoint_id limit 1)
            union all
            select (select queue.endpoint_id from webhook_queue as queue
                    where queue.endpoint_id > waiting.endpoint_id order by queue.endpoint_id limit 1)
            from waiting where waiting.endpoint_id is not null)
        select endpoint_id from waiting
        where endpoint_id is not null
          and exists (select 1 from webhook_queue as queue
                      where queue.endpoint_id = waiting.endpoint_id and queue.due_at <= $1)
          and not exists (select 1 from webhook_endpoint where id = waiting.endpoint_id and not is_enabled)
        """;

    /// <summary>Locks the queue's rows in the order in which <see cref="RecordRows"/> does.</summary>
    private const string ReleaseRows =
        """
        with stranded as (
            select endpoint_id, subject_id from webhook_queue as queue
            where queue.due_at > $2
              and not exists (
                select 1 from webhook_delivery as delivery
                where delivery.endpoint_id = queue.endpoint_id and delivery.subject_id = queue.subject_id
                  and delivery.status = 'RETRYING' and delivery.last_attempt_at <= $3
                  and delivery.last_attempt_at >= queue.due_at - $4)
            order by subject_id, endpoint_id
            for update skip locked)
        update webhook_queue as queue set due_at = $1 from stranded
        where queue.endpoint_id = stranded.endpoint_id and queue.subject_id = stranded.subject_id
        """;

    private const string RetryRow =
        """
        with queued as (
            insert into webhook_queue as queue (endpoint_id, subject_id, version, due_at)
            select endpoint_id, subject_id, 1, $4 from webhook_delivery
            where endpoint_id = $1 and subject_id = $2 and sequence = $3
              and exists (select 1 from webhook_endpoint where id = $1)
            on conflict (endpoint_id, subject_id) do update set version = queue.version + 1, due_at = excluded.due_at
            returning endpoint_id, subject_id)
        update webhook_delivery as delivery
        set status = case attempts when 0 then 'PENDING' else 'RETRYING' end, step = 0
        from queued
        where delivery.endpoint_id = queued.endpoint_id and delivery.subject_id = queued.subject_id and sequence = $3
        """;

    /// <summary>Adds a test event to an enabled endpoint, unless too many test events wait already.</summary>
    private const string AddTestRow =
        """
        with added as (
            insert into webhook_delivery (
                endpoint_id, subject_id, sequence, business_id, event_type, status, attempts, step, created_at)
            select $1, $2, $3, $4, $5, 'PENDING', 0, 0, $6
            where exists (select 1 from webhook_endpoint where id = $1 and is_enabled)
              and (select count(*) from webhook_queue where endpoint_id = $1 and starts_with(subject_id, $7)) < $8
            returning endpoint_id, subject_id, created_at)
        insert into webhook_queue (endpoint_id, subject_id, version, due_at)
        select endpoint_id, subject_id, 1, created_at from added
        """;

    private static readonly IReadOnlyList<ClaimedRow> NothingClaimed = [];

    /// <summary>
    /// Claims in one round trip and reads in a second: answers with bodies are long, and a node that freezes before it
    /// has read them would keep the claimed rows locked.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<ClaimedRow>> Claim(IReadOnlyList<Claim> claims)
    {
        using var connection = database.Open();
        var claimed = Run(
            connection,
            claims.Select(claim => PostgreSqlCommands.Command(
                ClaimRows, claim.EndpointId, claim.Now.UtcDateTime, claim.Until.UtcDateTime, claim.SubjectsMax)),
            (_, row) =>
            {
                var subjects = new List<string>();
                while (row.Read()) subjects.Add(row.GetString(0));
                return subjects;
            });
        if (claimed.TrueForAll(subjects => subjects.Count == 0)) return claimed.ConvertAll(_ => NothingClaimed);

        return Run(
            connection,
            claims.Select(claim => PostgreSqlCommands.Command(ReadWaiting, claim.EndpointId, claim.Until.UtcDateTime)),
            (index, row) => WebhookRows.Claimed(claims[index].EndpointId, claimed[index], row));
    }

    public IReadOnlyList<bool> Record(IReadOnlyList<AttemptRecord> attempts)
    {
        using var connection = database.Open();
        using var batch = new NpgsqlBatch(connection) { BatchCommands = { RecordCommand([.. attempts]) } };
        var kept = new HashSet<(string, string)>();
        using var row = batch.ExecuteReader();
        while (row.Read()) kept.Add((row.GetString(0), row.GetString(1)));
        return [.. attempts.Select(attempt =>
            attempt.DueAt <= attempt.At && kept.Contains((attempt.Key.EndpointId, attempt.Key.SubjectId)))];
    }

    public bool AddTestEvent(TestEventDelivery delivery) => database.Execute(
        AddTestRow, delivery.Key.EndpointId, delivery.Key.SubjectId, delivery.Key.Sequence, delivery.BusinessId,
        delivery.EventType, delivery.At.UtcDateTime, Identifiers.TestEventPrefix,
        WebhookBounds.TestEventsWaitingMax) > 0;

    public bool Cancel(string endpointId, int subjectsMax) =>
        database.Execute(CancelRows, endpointId, subjectsMax) > 0
        || database.Read("select 1 from webhook_queue where endpoint_id = $1 limit 1", _ => true, endpointId).Count > 0;

    public IReadOnlyList<string> ReadDueEndpoints(DateTimeOffset now) =>
        database.Read(DueEndpoints, row => row.GetString(0), now.UtcDateTime);

    public int ReleaseStranded(DateTimeOffset now, TimeSpan longestDelay) => database.Execute(
        ReleaseRows, now.UtcDateTime,
        (now + DeliveryRules.ClaimTime + DeliveryRules.ClockDifferenceMax).UtcDateTime,
        (now + DeliveryRules.ClockDifferenceMax).UtcDateTime, longestDelay);

    public bool Retry(DeliveryKey key, DateTimeOffset now) =>
        database.Execute(RetryRow, key.EndpointId, key.SubjectId, key.Sequence, now.UtcDateTime) > 0;

    /// <summary>One round trip; each result is read by its position.</summary>
    private static List<TResult> Run<TResult>(
        NpgsqlConnection connection,
        IEnumerable<NpgsqlBatchCommand> commands,
        Func<int, NpgsqlDataReader, TResult> read)
    {
        using var batch = new NpgsqlBatch(connection);
        foreach (var command in commands) batch.BatchCommands.Add(command);
        var results = new List<TResult>();
        using var row = batch.ExecuteReader();
        do
        {
            results.Add(read(results.Count, row));
        }
        while (row.NextResult());
        return results;
    }

    private static NpgsqlBatchCommand RecordCommand(AttemptRecord[] attempts) => PostgreSqlCommands.Command(
        RecordRows,
        Array.ConvertAll(attempts, attempt => attempt.Key.EndpointId),
        Array.ConvertAll(attempts, attempt => attempt.Key.SubjectId),
        Array.ConvertAll(attempts, attempt => attempt.Key.Sequence),
        Array.ConvertAll(attempts, attempt => WebhookRows.Text(attempt.Status)),
        Array.ConvertAll(attempts, attempt => attempt.Step),
        Array.ConvertAll(attempts, attempt => attempt.At.UtcDateTime),
        Array.ConvertAll(attempts, attempt => attempt.RequestUrl),
        Array.ConvertAll(attempts, attempt => attempt.RequestBody),
        Array.ConvertAll(attempts, attempt => attempt.ResponseCode),
        Array.ConvertAll(attempts, attempt => attempt.ResponseBody),
        Array.ConvertAll(attempts, attempt => attempt.Failure),
        Array.ConvertAll(attempts, attempt => attempt.DueAt?.UtcDateTime),
        Array.ConvertAll(attempts, attempt => attempt.ClosedVersion));
}
