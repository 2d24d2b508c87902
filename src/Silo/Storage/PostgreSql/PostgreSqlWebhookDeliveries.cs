using Bleepay.Silo.Storage.Webhooks;

namespace Bleepay.Silo.Storage.PostgreSql;

/// <summary>The deliveries of webhooks in PostgreSQL.</summary>
internal sealed class PostgreSqlWebhookDeliveries(PostgreSqlDatabase database) : IWebhookDeliveryTable
{
    /// <summary>The condition on the status is spelled as in the index <c>webhook_delivery_done</c>.</summary>
    private const string PruneRows =
        """
        delete from webhook_delivery where (endpoint_id, subject_id, sequence) in (
            select endpoint_id, subject_id, sequence from webhook_delivery as old
            where old.created_at < $1 and (old.status || '') in ('DELIVERED', 'FAILED')
              and (old.status = 'DELIVERED' or not exists (select 1 from webhook_endpoint where id = old.endpoint_id))
            limit $2)
        """;

    public bool Prune(DateTimeOffset before, int deliveriesMax) =>
        database.Execute(PruneRows, before.UtcDateTime, deliveriesMax) == deliveriesMax;
}
