using System.Collections.Immutable;
using Bleepay.Grains.Webhooks;
using Npgsql;

namespace Bleepay.Silo.Storage.PostgreSql;

/// <summary>Endpoints, and the lists that their merchants read.</summary>
internal sealed class PostgreSqlWebhookLists(PostgreSqlDatabase database, WebhookRows rows)
{
    /// <summary>Of two first writes of a business one waits, so that the other is counted.</summary>
    private const string LockBusiness = "select pg_advisory_xact_lock(hashtextextended($1, 0))";

    private const string InsertEndpoint =
        """
        insert into webhook_endpoint (
            id, business_id, version, url, description, events, is_enabled, secret_key_id, secret, created_at,
            updated_at, url_key)
        select $1, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10, $11
        where (select count(*) from webhook_endpoint where business_id = $2) < $12
        on conflict (id) do nothing
        """;

    private const string UpdateEndpoint =
        """
        update webhook_endpoint
        set version = version + 1, url = $3, description = $4, events = $5, is_enabled = $6, secret_key_id = $7,
            secret = $8, updated_at = $9, failing_since = $10, paused_at = $11,
            url_key = case url when $3 then url_key else $12 end
        where id = $1 and version = $2
        """;

    private const string EndpointById = "select " + WebhookRows.OfEndpoint + " from webhook_endpoint where id = $1";

    private const string EndpointsOfBusiness =
        "select " + WebhookRows.OfEndpoint + " from webhook_endpoint where business_id = $1 " +
        "order by created_at desc, id desc";

    private const string DeliveryByKey =
        "select " + WebhookRows.OfDetails + " from webhook_delivery " +
        "where endpoint_id = $1 and session_id = $2 and sequence = $3 and business_id = $4";

    private const string Deliveries =
        "select " + WebhookRows.OfSummary + " from webhook_delivery where business_id = $1 " +
        "and created_at > $2 and created_at < $3 " +
        "and (created_at, session_id, sequence, endpoint_id) < ($4, $5, $6, $7) " +
        "and ($8 = '' or status = $8) and ($9 = '' or endpoint_id = $9) " +
        "order by created_at desc, session_id desc, sequence desc, endpoint_id desc limit $10 offset $11";

    /// <summary>The unique index over business and URL (0014_unique_urls.sql).</summary>
    private const string UniqueUrl = "webhook_endpoint_url";

    /// <summary>Sorts behind every id.</summary>
    private const string LastId = "~";

    private static readonly DateTimeOffset FirstTime = DateTimeOffset.UnixEpoch;
    private static readonly DateTimeOffset LastTime = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public bool HasWaiting(string endpointId) => Read(
        Command("select 1 from webhook_queue where endpoint_id = $1 limit 1", endpointId), _ => true).Count > 0;

    public StoredEndpoint? ReadEndpoint(string endpointId) =>
        Read(Command(EndpointById, endpointId), row => rows.Endpoint(row).Stored).SingleOrDefault();

    public IReadOnlyList<EndpointView> ReadEndpoints(string businessId) =>
        Read(Command(EndpointsOfBusiness, businessId), row =>
        {
            var (id, stored) = rows.Endpoint(row);
            return stored.Endpoint.View(id);
        });

    public EndpointWriteOutcome WriteEndpoint(string endpointId, WebhookEndpoint endpoint, int storedVersion)
    {
        try
        {
            return Write(endpointId, endpoint, storedVersion);
        }
        catch (PostgresException failure) when (failure.ConstraintName == UniqueUrl)
        {
            return EndpointWriteOutcome.UrlTaken;
        }
    }

    private EndpointWriteOutcome Write(string endpointId, WebhookEndpoint endpoint, int storedVersion)
    {
        using var connection = database.Open();
        using var batch = new NpgsqlBatch(connection);
        var settings = endpoint.Settings;
        object description = (object?)settings.Description ?? DBNull.Value;
        var events = WebhookRows.Events(settings.Events);
        var secret = endpoint.Secret.Bytes.ToArray();
        if (storedVersion > 0)
        {
            batch.BatchCommands.Add(Command(
                UpdateEndpoint, endpointId, storedVersion, settings.Url, description, events, endpoint.IsEnabled,
                endpoint.Secret.KeyId, secret, endpoint.UpdatedAt.UtcDateTime, Time(endpoint.FailingSince),
                Time(endpoint.PausedAt), EndpointRules.UrlKey(settings.Url)));
            return batch.ExecuteNonQuery() > 0 ? EndpointWriteOutcome.Stored : EndpointWriteOutcome.Conflict;
        }

        batch.BatchCommands.Add(Command(LockBusiness, endpoint.BusinessId));
        batch.BatchCommands.Add(Command(
            InsertEndpoint, endpointId, endpoint.BusinessId, settings.Url, description, events, endpoint.IsEnabled,
            endpoint.Secret.KeyId, secret, endpoint.CreatedAt.UtcDateTime, endpoint.UpdatedAt.UtcDateTime,
            EndpointRules.UrlKey(settings.Url), WebhookBounds.EndpointsPerBusinessMax));
        if (batch.ExecuteNonQuery() > 0) return EndpointWriteOutcome.Stored;
        return ReadEndpoint(endpointId) is null ? EndpointWriteOutcome.NoPlace : EndpointWriteOutcome.Conflict;
    }

    public ImmutableArray<DeliverySummary> ReadDeliveries(string businessId, DeliveryQuery query)
    {
        var after = query.After;
        return [.. Read(
            Command(
                Deliveries, businessId, (query.Since ?? FirstTime).UtcDateTime, (query.Until ?? LastTime).UtcDateTime,
                (after?.CreatedAt ?? LastTime).UtcDateTime, after?.Key.SessionId ?? LastId,
                after?.Key.Sequence ?? int.MaxValue, after?.Key.EndpointId ?? LastId,
                query.Status is { } status ? WebhookRows.Text(status) : "", query.EndpointId ?? "", query.Limit,
                query.Offset),
            rows.Summary)];
    }

    public DeliveryDetails? ReadDelivery(string businessId, DeliveryKey key) =>
        Read(Command(DeliveryByKey, key.EndpointId, key.SessionId, key.Sequence, businessId), rows.Details)
            .SingleOrDefault();

    public List<TRow> Read<TRow>(NpgsqlBatchCommand command, Func<NpgsqlDataReader, TRow> read)
    {
        using var connection = database.Open();
        using var batch = new NpgsqlBatch(connection) { BatchCommands = { command } };
        using var row = batch.ExecuteReader();
        var found = new List<TRow>();
        while (row.Read()) found.Add(read(row));
        return found;
    }

    private static object Time(DateTimeOffset? at) => at is { } time ? time.UtcDateTime : DBNull.Value;

    private static NpgsqlBatchCommand Command(string sql, params ReadOnlySpan<object> values) =>
        PostgreSqlWebhookDialect.Command(sql, values);
}
