using Bleepay.Silo.Storage.Webhooks;

namespace Bleepay.Silo.Storage.Sqlite;

/// <summary>The deliveries of webhooks in SQLite.</summary>
internal sealed class SqliteWebhookDeliveries(SqliteDatabase database) : IWebhookDeliveryTable, IDisposable
{
    private readonly SqliteTableConnection connection = new(database);

    public bool Prune(DateTimeOffset before, int deliveriesMax) => deliveriesMax == connection.Write(() =>
        connection.Execute(
            """
            delete from webhook_delivery where (endpoint_id, subject_id, sequence) in (
                select endpoint_id, subject_id, sequence from webhook_delivery as old
                where old.created_at < ?1 and old.status in ('DELIVERED', 'FAILED')
                  and (old.status = 'DELIVERED'
                       or not exists (select 1 from webhook_endpoint where id = old.endpoint_id))
                limit ?2)
            """,
            before.ToUnixTimeMilliseconds(), deliveriesMax));

    public void Dispose() => connection.Dispose();
}
