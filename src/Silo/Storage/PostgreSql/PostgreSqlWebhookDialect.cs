using System.Collections.Immutable;
using Bleepay.Grains.Webhooks;
using Npgsql;

namespace Bleepay.Silo.Storage.PostgreSql;

/// <summary>Webhooks in PostgreSQL. What is claimed on one node is passed over by the others, not waited for.</summary>
internal sealed class PostgreSqlWebhookDialect(PostgreSqlDatabase database) : IWebhookDialect
{
    private const string ClaimRows =
        """
        with due as (
            select session_id from webhook_queue where endpoint_id = $1 and due_at <= $2
            order by due_at limit $4 for update skip locked)
        update webhook_queue set due_at = $3 from due
        where webhook_queue.endpoint_id = $1 and webhook_queue.session_id = due.session_id
        returning webhook_queue.session_id, webhook_queue.version
        """;

    /// <summary>A statement of its own sees every event that the claimed versions count.</summary>
    private const string ReadWaiting =
        "select " + WebhookRows.OfWaiting + " from webhook_delivery where endpoint_id = $1 and session_id in (" +
        "select session_id from webhook_queue where endpoint_id = $1 and due_at = $2) and " + WebhookRows.IsWaiting +
        " order by session_id, sequence";

    /// <summary>What an activation elsewhere has delivered meanwhile stays so.</summary>
    private const string RecordRows =
        """
        update webhook_delivery as delivery
        set status = new.status, attempts = delivery.attempts + 1, step = new.step, last_attempt_at = new.at,
            request_url = new.url, request_body = new.body, response_code = new.code, response_body = new.answer,
            failure = new.failure
        from unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::integer[], $6::timestamptz[], $7::text[],
                $8::text[], $9::integer[], $10::text[], $11::text[])
            as new (endpoint_id, session_id, sequence, status, step, at, url, body, code, answer, failure)
        where delivery.endpoint_id = new.endpoint_id and delivery.session_id = new.session_id
          and delivery.sequence = new.sequence and delivery.status in ('PENDING', 'RETRYING')
        """;

    /// <summary>
    /// Before the deliveries, and in the same order as the commits of sessions, so that no two wait for each other.
    /// </summary>
    private const string LockQueue =
        """
        select 1 from webhook_queue
        where (endpoint_id, session_id) in (select * from unnest($1::text[], $2::text[]))
        order by session_id, endpoint_id
        for update
        """;

    private const string CloseSessions =
        """
        delete from webhook_queue as queue
        using unnest($1::text[], $2::text[], $3::integer[]) as done (endpoint_id, session_id, version)
        where queue.endpoint_id = done.endpoint_id and queue.session_id = done.session_id
          and queue.version = done.version
        """;

    private const string MoveSessions =
        """
        update webhook_queue as queue set due_at = new.due_at
        from unnest($1::text[], $2::text[], $3::timestamptz[]) as new (endpoint_id, session_id, due_at)
        where queue.endpoint_id = new.endpoint_id and queue.session_id = new.session_id
        returning queue.endpoint_id, queue.session_id
        """;

    /// <summary>
    /// What was told stays as it is. A commit that still knew the endpoint may add more; that is found as due.
    /// </summary>
    private const string CancelRows =
        """
        with gone as (
            delete from webhook_queue where (endpoint_id, session_id) in (
                select endpoint_id, session_id from webhook_queue where endpoint_id = $1
                order by session_id limit $2 for update)
            returning session_id)
        update webhook_delivery set status = 'FAILED', failure = 'The endpoint was deleted.'
        from gone
        where endpoint_id = $1 and webhook_delivery.session_id = gone.session_id and status in ('PENDING', 'RETRYING')
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

    private const string PruneRows =
        """
        delete from webhook_delivery where (endpoint_id, session_id, sequence) in (
            select endpoint_id, session_id, sequence from webhook_delivery as old
            where old.created_at < $1 and old.status in ('DELIVERED', 'FAILED')
              and (old.status = 'DELIVERED' or not exists (select 1 from webhook_endpoint where id = old.endpoint_id))
            limit $2)
        """;

    private const string RetryRow =
        """
        with queued as (
            insert into webhook_queue as queue (endpoint_id, session_id, version, due_at)
            select endpoint_id, session_id, 1, $4 from webhook_delivery
            where endpoint_id = $1 and session_id = $2 and sequence = $3
              and exists (select 1 from webhook_endpoint where id = $1)
            on conflict (endpoint_id, session_id) do update set version = queue.version + 1, due_at = excluded.due_at
            returning endpoint_id, session_id)
        update webhook_delivery as delivery
        set status = case attempts when 0 then 'PENDING' else 'RETRYING' end, step = 0
        from queued
        where delivery.endpoint_id = queued.endpoint_id and delivery.session_id = queued.session_id and sequence = $3
        """;

    private static readonly WebhookRows Rows = new((row, column) => row.GetFieldValue<DateTimeOffset>(column));

    private readonly PostgreSqlWebhookLists lists = new(database, Rows);

    public IReadOnlyList<IReadOnlyList<ClaimedRow>> Claim(IReadOnlyList<Claim> claims)
    {
        using var connection = database.Open();
        using var batch = new NpgsqlBatch(connection);
        foreach (var claim in claims)
        {
            var (now, until) = (claim.Now.UtcDateTime, claim.Until.UtcDateTime);
            batch.BatchCommands.Add(Command(ClaimRows, claim.EndpointId, now, until, claim.SessionsMax));
            batch.BatchCommands.Add(Command(ReadWaiting, claim.EndpointId, until));
        }

        var answers = new List<IReadOnlyList<ClaimedRow>>(claims.Count);
        using var row = batch.ExecuteReader();
        foreach (var claim in claims)
        {
            var claimed = new List<(string, int)>();
            while (row.Read()) claimed.Add((row.GetString(0), row.GetInt32(1)));
            row.NextResult();
            answers.Add(WebhookRows.Claimed(claim.EndpointId, claimed, row));
            row.NextResult();
        }

        return answers;
    }

    public IReadOnlyList<bool> Record(IReadOnlyList<AttemptRecord> attempts)
    {
        using var connection = database.Open();
        using var transaction = connection.BeginTransaction();
        using var batch = new NpgsqlBatch(connection, transaction);
        var ordered = attempts
            .OrderBy(attempt => attempt.Key.SessionId, StringComparer.Ordinal)
            .ThenBy(attempt => attempt.Key.EndpointId, StringComparer.Ordinal)
            .ToArray();
        batch.BatchCommands.Add(Command(LockQueue, Endpoints(ordered), Sessions(ordered)));
        batch.BatchCommands.Add(RecordCommand(ordered));

        var moved = Array.FindAll(ordered, attempt => attempt.DueAt is not null);
        var closed = Array.FindAll(moved, attempt => attempt.ClosedVersion is not null);
        batch.BatchCommands.Add(Command(
            CloseSessions, Endpoints(closed), Sessions(closed),
            Array.ConvertAll(closed, attempt => attempt.ClosedVersion!.Value)));
        batch.BatchCommands.Add(Command(
            MoveSessions, Endpoints(moved), Sessions(moved),
            Array.ConvertAll(moved, attempt => attempt.DueAt!.Value.UtcDateTime)));

        var kept = new HashSet<(string, string)>();
        using (var row = batch.ExecuteReader())
        {
            // Of the four only the lock and the last return rows.
            while (row.Read())
            {
            }

            row.NextResult();
            while (row.Read()) kept.Add((row.GetString(0), row.GetString(1)));
        }

        transaction.Commit();
        return [.. attempts.Select(attempt =>
            attempt.DueAt <= attempt.At && kept.Contains((attempt.Key.EndpointId, attempt.Key.SessionId)))];
    }

    public bool Cancel(string endpointId, int sessionsMax) =>
        Execute(CancelRows, endpointId, sessionsMax) > 0 || lists.HasWaiting(endpointId);

    public IReadOnlyList<string> ReadDueEndpoints(DateTimeOffset now) =>
        lists.Read(Command(DueEndpoints, now.UtcDateTime), row => row.GetString(0));

    public bool Prune(DateTimeOffset before, int deliveriesMax) =>
        Execute(PruneRows, before.UtcDateTime, deliveriesMax) == deliveriesMax;

    public StoredEndpoint? ReadEndpoint(string endpointId) => lists.ReadEndpoint(endpointId);

    public EndpointWriteOutcome WriteEndpoint(string endpointId, WebhookEndpoint endpoint, int storedVersion) =>
        lists.WriteEndpoint(endpointId, endpoint, storedVersion);

    public void DeleteEndpoint(string endpointId) =>
        Execute("delete from webhook_endpoint where id = $1", endpointId);

    public IReadOnlyList<EndpointView> ReadEndpoints(string businessId) => lists.ReadEndpoints(businessId);

    public ImmutableArray<DeliverySummary> ReadDeliveries(string businessId, DeliveryQuery query) =>
        lists.ReadDeliveries(businessId, query);

    public DeliveryDetails? ReadDelivery(string businessId, DeliveryKey key) => lists.ReadDelivery(businessId, key);

    public bool Retry(DeliveryKey key, DateTimeOffset now) =>
        Execute(RetryRow, key.EndpointId, key.SessionId, key.Sequence, now.UtcDateTime) > 0;

    /// <summary>A statement and its parameters, <c>$1</c> and on.</summary>
    internal static NpgsqlBatchCommand Command(string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }

    private int Execute(string sql, params ReadOnlySpan<object> values)
    {
        using var connection = database.Open();
        using var batch = new NpgsqlBatch(connection) { BatchCommands = { Command(sql, values) } };
        return batch.ExecuteNonQuery();
    }

    private static NpgsqlBatchCommand RecordCommand(AttemptRecord[] attempts) => Command(
        RecordRows,
        Endpoints(attempts),
        Sessions(attempts),
        Array.ConvertAll(attempts, attempt => attempt.Key.Sequence),
        Array.ConvertAll(attempts, attempt => WebhookRows.Text(attempt.Status)),
        Array.ConvertAll(attempts, attempt => attempt.Step),
        Array.ConvertAll(attempts, attempt => attempt.At.UtcDateTime),
        Array.ConvertAll(attempts, attempt => attempt.RequestUrl),
        Array.ConvertAll(attempts, attempt => attempt.RequestBody),
        Array.ConvertAll(attempts, attempt => attempt.ResponseCode),
        Array.ConvertAll(attempts, attempt => attempt.ResponseBody),
        Array.ConvertAll(attempts, attempt => attempt.Failure));

    private static string[] Endpoints(AttemptRecord[] attempts) =>
        Array.ConvertAll(attempts, attempt => attempt.Key.EndpointId);

    private static string[] Sessions(AttemptRecord[] attempts) =>
        Array.ConvertAll(attempts, attempt => attempt.Key.SessionId);
}
