using System.Data.Common;
using Bleepay.Grains.Webhooks;
using Microsoft.Data.Sqlite;

namespace Bleepay.Silo.Storage.Sqlite;

/// <summary>
/// Webhooks in SQLite, on one connection that deliveries and changes share; lists have connections of their own. Its
/// writes take turns with the sessions'.
/// </summary>
internal sealed class SqliteWebhookDialect : IWebhookDialect, IDisposable
{
    private static readonly WebhookRows Rows =
        new((row, column) => DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column)));

    private readonly Lock gate = new();
    private readonly SqliteDatabase database;
    private readonly SqliteConnection connection;
    private readonly Dictionary<string, SqliteStatement> statements = [];

    public SqliteWebhookDialect(SqliteDatabase database)
    {
        this.database = database;
        connection = database.Open();
    }

    public IReadOnlyList<IReadOnlyList<ClaimedRow>> Claim(IReadOnlyList<Claim> claims) =>
        Write(() => claims.Select(ClaimOne).ToArray());

    public IReadOnlyList<bool> Record(IReadOnlyList<AttemptRecord> attempts) =>
        Write(() => attempts.Select(RecordOne).ToArray());

    public bool Cancel(string endpointId, int sessionsMax) => Write(() =>
    {
        var sessions = Read(
            "select session_id from webhook_queue where endpoint_id = ?1 limit ?2", row => row.GetString(0),
            endpointId, sessionsMax);
        foreach (var session in sessions)
        {
            Statement("delete from webhook_queue where endpoint_id = ?1 and session_id = ?2")
                .Execute(endpointId, session);
            Statement(
                "update webhook_delivery set status = 'FAILED', failure = 'The endpoint was deleted.' " +
                "where endpoint_id = ?1 and session_id = ?2 and " + WebhookRows.IsWaiting)
                .Execute(endpointId, session);
        }

        return sessions.Count == sessionsMax;
    });

    public IReadOnlyList<string> ReadDueEndpoints(DateTimeOffset now) => Locked(() => Read(
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
        row => row.GetString(0), Time(now)));

    public int ReleaseStranded(DateTimeOffset now, TimeSpan longestDelay) => Write(() => Statement(
        """
        update webhook_queue set due_at = ?1
        where due_at > ?2
          and not exists (
            select 1 from webhook_delivery as delivery
            where delivery.endpoint_id = webhook_queue.endpoint_id and delivery.session_id = webhook_queue.session_id
              and delivery.status = 'RETRYING' and delivery.last_attempt_at <= ?3
              and delivery.last_attempt_at >= webhook_queue.due_at - ?4)
        """).Execute(
            Time(now), Time(now + DeliveryRules.ClaimTime + DeliveryRules.ClockDifferenceMax),
            Time(now + DeliveryRules.ClockDifferenceMax), (long)longestDelay.TotalMilliseconds));

    public bool Prune(DateTimeOffset before, int deliveriesMax) => deliveriesMax == Write(() => Statement(
        """
        delete from webhook_delivery where (endpoint_id, session_id, sequence) in (
            select endpoint_id, session_id, sequence from webhook_delivery as old
            where old.created_at < ?1 and old.status in ('DELIVERED', 'FAILED')
              and (old.status = 'DELIVERED' or not exists (select 1 from webhook_endpoint where id = old.endpoint_id))
            limit ?2)
        """).Execute(Time(before), deliveriesMax));

    public StoredEndpoint? ReadEndpoint(string endpointId) => Locked(() => Read(
        "select " + WebhookRows.OfEndpoint + " from webhook_endpoint where id = ?1",
        row => Rows.Endpoint(row).Stored, endpointId).SingleOrDefault());

    public EndpointWriteOutcome WriteEndpoint(string endpointId, WebhookEndpoint endpoint, int storedVersion) =>
        Write(() =>
        {
            var (settings, secret) = (endpoint.Settings, endpoint.Secret.Bytes.ToArray());
            var urlKey = EndpointRules.UrlKey(settings.Url);
            if (Statement(
                """
                select 1 from webhook_endpoint where business_id = ?1 and url_key = ?2 and id <> ?3
                  and not exists (select 1 from webhook_endpoint where id = ?3 and url = ?4)
                """).Scalar(endpoint.BusinessId, urlKey, endpointId, settings.Url) is not null)
                return EndpointWriteOutcome.UrlTaken;

            var events = WebhookRows.Events(settings.Events);
            if (storedVersion > 0)
                return Statement(
                    """
                    update webhook_endpoint
                    set version = version + 1, url = ?3, description = ?4, events = ?5, is_enabled = ?6,
                        secret_key_id = ?7, secret = ?8, updated_at = ?9, failing_since = ?10, paused_at = ?11,
                        url_key = case url when ?3 then url_key else ?12 end
                    where id = ?1 and version = ?2
                    """).Execute(
                        endpointId, storedVersion, settings.Url, settings.Description, events, endpoint.IsEnabled,
                        endpoint.Secret.KeyId, secret, Time(endpoint.UpdatedAt), Time(endpoint.FailingSince),
                        Time(endpoint.PausedAt), urlKey) > 0
                    ? EndpointWriteOutcome.Stored
                    : EndpointWriteOutcome.Conflict;

            if (Statement("select count(*) from webhook_endpoint where business_id = ?1").Scalar(endpoint.BusinessId)
                is >= (long)WebhookBounds.EndpointsPerBusinessMax)
                return EndpointWriteOutcome.NoPlace;
            return Statement(
                """
                insert into webhook_endpoint (
                    id, business_id, version, url, description, events, is_enabled, secret_key_id, secret, created_at,
                    updated_at, url_key)
                values (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
                on conflict (id) do nothing
                """).Execute(
                    endpointId, endpoint.BusinessId, settings.Url, settings.Description, events, endpoint.IsEnabled,
                    endpoint.Secret.KeyId, secret, Time(endpoint.CreatedAt), Time(endpoint.UpdatedAt), urlKey) > 0
                ? EndpointWriteOutcome.Stored
                : EndpointWriteOutcome.Conflict;
        });

    public void DeleteEndpoint(string endpointId) =>
        Write(() => Statement("delete from webhook_endpoint where id = ?1").Execute(endpointId));

    public bool Retry(DeliveryKey key, DateTimeOffset now) => Write(() =>
    {
        var isThere = Statement(
            """
            update webhook_delivery set status = case attempts when 0 then 'PENDING' else 'RETRYING' end, step = 0
            where endpoint_id = ?1 and session_id = ?2 and sequence = ?3
              and exists (select 1 from webhook_endpoint where id = ?1)
            """).Execute(key.EndpointId, key.SessionId, key.Sequence) > 0;
        if (isThere)
            Statement(
                """
                insert into webhook_queue (endpoint_id, session_id, version, due_at) values (?1, ?2, 1, ?3)
                on conflict (endpoint_id, session_id) do update set version = version + 1, due_at = excluded.due_at
                """).Execute(key.EndpointId, key.SessionId, Time(now));
        return isThere;
    });

    public void Dispose()
    {
        foreach (var statement in statements.Values) statement.Dispose();
        connection.Dispose();
    }

    private IReadOnlyList<ClaimedRow> ClaimOne(Claim claim)
    {
        var claimed = Read(
            "select session_id from webhook_queue where endpoint_id = ?1 and due_at <= ?2 order by due_at limit ?3",
            row => row.GetString(0),
            claim.EndpointId, Time(claim.Now), claim.SessionsMax);
        foreach (var sessionId in claimed)
            Statement("update webhook_queue set due_at = ?3 where endpoint_id = ?1 and session_id = ?2")
                .Execute(claim.EndpointId, sessionId, Time(claim.Until));

        using var waiting = Statement(
            "select " + WebhookRows.OfWaiting + " from webhook_queue join webhook_delivery " +
            "using (endpoint_id, session_id) where endpoint_id = ?1 and due_at = ?2 and " + WebhookRows.IsWaiting +
            " order by session_id, sequence").Query(claim.EndpointId, Time(claim.Until));
        return WebhookRows.Claimed(claim.EndpointId, claimed, waiting);
    }

    private bool RecordOne(AttemptRecord attempt)
    {
        var key = attempt.Key;
        Statement(
            """
            update webhook_delivery
            set status = ?4, attempts = attempts + 1, step = ?5, last_attempt_at = ?6, request_url = ?7,
                request_body = ?8, response_code = ?9, response_body = ?10, failure = ?11
            where endpoint_id = ?1 and session_id = ?2 and sequence = ?3 and status in ('PENDING', 'RETRYING')
            """).Execute(
                key.EndpointId, key.SessionId, key.Sequence, WebhookRows.Text(attempt.Status), attempt.Step,
                Time(attempt.At), attempt.RequestUrl, attempt.RequestBody, attempt.ResponseCode, attempt.ResponseBody,
                attempt.Failure);
        if (attempt.DueAt is not { } dueAt) return false;

        Statement("delete from webhook_queue where endpoint_id = ?1 and session_id = ?2 and version = ?3")
            .Execute(key.EndpointId, key.SessionId, attempt.ClosedVersion ?? -1);
        var moved = Statement("update webhook_queue set due_at = ?3 where endpoint_id = ?1 and session_id = ?2")
            .Execute(key.EndpointId, key.SessionId, Time(dueAt));
        return moved > 0 && dueAt <= attempt.At;
    }

    private T Write<T>(Func<T> change)
    {
        lock (gate)
        {
            lock (database.WriteGate) return Commit(change);
        }
    }

    private T Commit<T>(Func<T> change)
    {
        Statement("begin immediate").Execute();
        try
        {
            var answer = change();
            Statement("commit").Execute();
            return answer;
        }
        catch
        {
            // After some failures SQLite has rolled back by itself, and another rollback would be an error.
            if (SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle) == 0) Statement("rollback").Execute();
            throw;
        }
    }

    private T Locked<T>(Func<T> read)
    {
        lock (gate) return read();
    }

    private List<TRow> Read<TRow>(string sql, Func<DbDataReader, TRow> read, params ReadOnlySpan<object?> values)
    {
        using var row = Statement(sql).Query(values);
        var found = new List<TRow>();
        while (row.Read()) found.Add(read(row));
        return found;
    }

    private SqliteStatement Statement(string sql) =>
        statements.TryGetValue(sql, out var known) ? known : statements[sql] = new(connection, sql);

    private static long Time(DateTimeOffset at) => at.ToUnixTimeMilliseconds();

    private static long? Time(DateTimeOffset? at) => at?.ToUnixTimeMilliseconds();
}
