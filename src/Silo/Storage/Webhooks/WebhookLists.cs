using System.Collections.Immutable;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Bleepay.Grains;
using Bleepay.Grains.Webhooks;
using Bleepay.Silo.Storage.Sessions;

namespace Bleepay.Silo.Storage.Webhooks;

/// <summary>
/// What merchants read of their webhooks, apart from the connections that deliveries use. The bodies of deliveries are
/// not in the list, so a page of it is small.
/// </summary>
internal sealed class WebhookLists(IDatabase database, ListReads reads) : IWebhookLists
{
    private const string EndpointsOfBusiness =
        "select " + WebhookRows.OfEndpoint + " from webhook_endpoint where business_id = @business " +
        "order by created_at desc, id desc";

    private const string DeliveryByKey =
        "select " + WebhookRows.OfDetails + " from webhook_delivery where endpoint_id = @endpoint " +
        "and subject_id = @subject and sequence = @sequence and business_id = @business";

    public Task<Result<EndpointList>> ReadEndpoints(string businessId, CancellationToken cancellation) => reads.Read(
        businessId,
        async (connection, end) => new EndpointList(await Read(
            Command(connection, EndpointsOfBusiness, ("business", businessId)),
            row => WebhookRows.Endpoint(row).Endpoint.View(row.GetString(0)),
            end)),
        cancellation);

    public Task<Result<DeliveryPage>> ReadDeliveries(
        string businessId, DeliveryQuery query, CancellationToken cancellation) => reads.Read(
        businessId,
        async (connection, end) =>
        {
            // One row beyond the limit shows that there is another page.
            var asked = query with { Limit = query.Limit + 1 };
            var found = await Read(
                DeliverySearchSql.Command(connection, businessId, asked, database), WebhookRows.Summary, end);
            if (found.Length <= query.Limit) return new DeliveryPage(found, null);
            var page = found[..query.Limit];
            return new DeliveryPage(page, DeliveryCursor.Of(page[^1]));
        },
        cancellation);

    public async Task<Result<DeliveryDetails>> ReadDelivery(
        string businessId, DeliveryKey key, CancellationToken cancellation)
    {
        var read = await reads.Read(
            businessId,
            async (connection, end) => new Found(await Read(
                Command(
                    connection, DeliveryByKey, ("endpoint", key.EndpointId), ("subject", key.SubjectId),
                    ("sequence", key.Sequence), ("business", businessId)),
                WebhookRows.Details,
                end)),
            cancellation);
        if (!read.TryGet(out var found, out var refusal)) return refusal;
        return found.Deliveries is [var delivery] ? delivery : Refusal.NotFound("delivery");
    }

    [SuppressMessage("Security", "CA2100", Justification = "A constant of this file; every value is a parameter.")]
    private static DbCommand Command(
        DbConnection connection, string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters) command.Add(name, value);
        return command;
    }

    private static async Task<ImmutableArray<T>> Read<T>(
        DbCommand command, Func<DbDataReader, T> read, CancellationToken cancellation)
    {
        await using (command)
        {
            await using var row = await command.ExecuteReaderAsync(cancellation);
            var found = ImmutableArray.CreateBuilder<T>();
            while (await row.ReadAsync(cancellation)) found.Add(read(row));
            return found.DrainToImmutable();
        }
    }

    private sealed record Found(ImmutableArray<DeliveryDetails> Deliveries);
}
