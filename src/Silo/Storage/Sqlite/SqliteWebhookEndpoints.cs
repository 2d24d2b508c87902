using Bleepay.Grains.Webhooks;
using Bleepay.Silo.Storage.Webhooks;

namespace Bleepay.Silo.Storage.Sqlite;

/// <summary>Webhook endpoints in SQLite.</summary>
internal sealed class SqliteWebhookEndpoints(SqliteDatabase database) : IWebhookEndpointTable, IDisposable
{
    private readonly SqliteTableConnection connection = new(database);

    public StoredEndpoint? Read(string endpointId) => connection.Read(
        "select " + WebhookRows.OfEndpoint + " from webhook_endpoint where id = ?1",
        WebhookRows.Endpoint, endpointId).SingleOrDefault();

    public EndpointWriteOutcome Write(string endpointId, WebhookEndpoint endpoint, int storedVersion) =>
        connection.Write(() =>
        {
            if (IsUrlTaken(endpointId, endpoint)) return EndpointWriteOutcome.UrlTaken;
            return storedVersion > 0 ? Update(endpointId, endpoint, storedVersion) : Insert(endpointId, endpoint);
        });

    public void Delete(string endpointId) => connection.Write(() =>
        connection.Execute("delete from webhook_endpoint where id = ?1", endpointId));

    public void Dispose() => connection.Dispose();

    private bool IsUrlTaken(string endpointId, WebhookEndpoint endpoint) => connection.Scalar(
        """
        select 1 from webhook_endpoint where business_id = ?1 and url_key = ?2 and id <> ?3
          and not exists (select 1 from webhook_endpoint where id = ?3 and url = ?4)
        """,
        endpoint.BusinessId, EndpointRules.UrlKey(endpoint.Settings.Url), endpointId, endpoint.Settings.Url)
        is not null;

    private EndpointWriteOutcome Update(string endpointId, WebhookEndpoint endpoint, int storedVersion)
    {
        var (settings, previous) = (endpoint.Settings, endpoint.PreviousSecret);
        var updated = connection.Execute(
            """
            update webhook_endpoint
            set version = version + 1, url = ?3, description = ?4, events = ?5, is_enabled = ?6, secret_key_id = ?7,
                secret = ?8, previous_secret_key_id = ?9, previous_secret = ?10, previous_secret_until = ?11,
                updated_at = ?12, failing_since = ?13, paused_at = ?14,
                url_key = case url when ?3 then url_key else ?15 end
            where id = ?1 and version = ?2
            """,
            endpointId, storedVersion, settings.Url, settings.Description, WebhookRows.Events(settings.Events),
            endpoint.IsEnabled, endpoint.Secret.KeyId, endpoint.Secret.Bytes.ToArray(), previous?.Secret.KeyId,
            previous?.Secret.Bytes.ToArray(), Time(previous?.Until), Time(endpoint.UpdatedAt),
            Time(endpoint.FailingSince), Time(endpoint.PausedAt), EndpointRules.UrlKey(settings.Url));
        return updated > 0 ? EndpointWriteOutcome.Stored : EndpointWriteOutcome.Conflict;
    }

    private EndpointWriteOutcome Insert(string endpointId, WebhookEndpoint endpoint)
    {
        var settings = endpoint.Settings;
        var count = connection.Scalar(
            "select count(*) from webhook_endpoint where business_id = ?1", endpoint.BusinessId);
        if (count is >= (long)WebhookBounds.EndpointsPerBusinessMax) return EndpointWriteOutcome.TooMany;

        var inserted = connection.Execute(
            """
            insert into webhook_endpoint (
                id, business_id, version, url, description, events, is_enabled, secret_key_id, secret, created_at,
                updated_at, url_key)
            values (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
            on conflict (id) do nothing
            """,
            endpointId, endpoint.BusinessId, settings.Url, settings.Description, WebhookRows.Events(settings.Events),
            endpoint.IsEnabled, endpoint.Secret.KeyId, endpoint.Secret.Bytes.ToArray(), Time(endpoint.CreatedAt),
            Time(endpoint.UpdatedAt), EndpointRules.UrlKey(settings.Url));
        return inserted > 0 ? EndpointWriteOutcome.Stored : EndpointWriteOutcome.Conflict;
    }

    private static long? Time(DateTimeOffset? at) => at?.ToUnixTimeMilliseconds();
}
