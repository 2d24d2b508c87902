using Bleepay.Grains.Webhooks;
using Npgsql;

namespace Bleepay.Silo.Storage.PostgreSql;

/// <summary>Endpoints, as their grains read and write them.</summary>
internal sealed class PostgreSqlWebhookEndpoints(PostgreSqlDatabase database, WebhookRows rows)
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

    /// <summary>The unique index over business and URL (0001_schema.sql).</summary>
    private const string UniqueUrl = "webhook_endpoint_url";

    public bool HasWaiting(string endpointId) => Read(
        Command("select 1 from webhook_queue where endpoint_id = $1 limit 1", endpointId), _ => true).Count > 0;

    public StoredEndpoint? ReadEndpoint(string endpointId) =>
        Read(Command(EndpointById, endpointId), row => rows.Endpoint(row).Stored).SingleOrDefault();

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
