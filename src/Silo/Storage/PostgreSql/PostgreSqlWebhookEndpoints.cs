using Bleepay.Grains.Webhooks;
using Bleepay.Silo.Storage.Webhooks;
using Npgsql;

namespace Bleepay.Silo.Storage.PostgreSql;

/// <summary>Webhook endpoints in PostgreSQL.</summary>
internal sealed class PostgreSqlWebhookEndpoints(PostgreSqlDatabase database) : IWebhookEndpointTable
{
    /// <summary>Serialises the inserts of one business, so that its endpoints are counted exactly.</summary>
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
            secret = $8, previous_secret_key_id = $9, previous_secret = $10, previous_secret_until = $11,
            updated_at = $12, failing_since = $13, paused_at = $14, url_key = case url when $3 then url_key else $15 end
        where id = $1 and version = $2
        """;

    private const string EndpointById = "select " + WebhookRows.OfEndpoint + " from webhook_endpoint where id = $1";

    /// <summary>The unique index over business and URL.</summary>
    private const string UniqueUrl = "webhook_endpoint_url";

    public StoredEndpoint? Read(string endpointId) =>
        database.Read(EndpointById, WebhookRows.Endpoint, endpointId).SingleOrDefault();

    public EndpointWriteOutcome Write(string endpointId, WebhookEndpoint endpoint, int storedVersion)
    {
        try
        {
            return storedVersion > 0
                ? Update(endpointId, endpoint, storedVersion)
                : Insert(endpointId, endpoint);
        }
        catch (PostgresException failure) when (failure.ConstraintName == UniqueUrl)
        {
            return EndpointWriteOutcome.UrlTaken;
        }
    }

    public void Delete(string endpointId) =>
        database.Execute("delete from webhook_endpoint where id = $1", endpointId);

    private EndpointWriteOutcome Update(string endpointId, WebhookEndpoint endpoint, int storedVersion)
    {
        var (settings, previous) = (endpoint.Settings, endpoint.PreviousSecret);
        var updated = database.Execute(
            UpdateEndpoint, endpointId, storedVersion, settings.Url, settings.Description,
            WebhookRows.Events(settings.Events), endpoint.IsEnabled, endpoint.Secret.KeyId,
            endpoint.Secret.Bytes.ToArray(), previous?.Secret.KeyId, previous?.Secret.Bytes.ToArray(),
            previous?.Until.UtcDateTime, endpoint.UpdatedAt.UtcDateTime, endpoint.FailingSince?.UtcDateTime,
            endpoint.PausedAt?.UtcDateTime, EndpointRules.UrlKey(settings.Url));
        return updated > 0 ? EndpointWriteOutcome.Stored : EndpointWriteOutcome.Conflict;
    }

    private EndpointWriteOutcome Insert(string endpointId, WebhookEndpoint endpoint)
    {
        var settings = endpoint.Settings;
        using var connection = database.Open();
        using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(PostgreSqlCommands.Command(LockBusiness, endpoint.BusinessId));
        batch.BatchCommands.Add(PostgreSqlCommands.Command(
            InsertEndpoint, endpointId, endpoint.BusinessId, settings.Url, settings.Description,
            WebhookRows.Events(settings.Events), endpoint.IsEnabled, endpoint.Secret.KeyId,
            endpoint.Secret.Bytes.ToArray(), endpoint.CreatedAt.UtcDateTime, endpoint.UpdatedAt.UtcDateTime,
            EndpointRules.UrlKey(settings.Url), WebhookBounds.EndpointsPerBusinessMax));
        if (batch.ExecuteNonQuery() > 0) return EndpointWriteOutcome.Stored;
        return Read(endpointId) is null ? EndpointWriteOutcome.TooMany : EndpointWriteOutcome.Conflict;
    }
}
