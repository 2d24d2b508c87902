using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;

namespace Bleepay.Grains.Webhooks;

/// <summary>Reads the store where it is: on whichever silo is asked.</summary>
[StatelessWorker]
[GrainType("webhooklists")]
public sealed class WebhookListsGrain(
    IWebhookStore store,
    [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider clock)
    : Grain, IWebhookListsGrain
{
    private string BusinessId => this.GetPrimaryKeyString();

    public Task<ImmutableArray<EndpointView>> ReadEndpoints() => store.ReadEndpoints(BusinessId);

    public Task<ImmutableArray<DeliverySummary>> ReadDeliveries(DeliveryQuery query) =>
        store.ReadDeliveries(BusinessId, query);

    public async Task<Result<DeliveryDetails>> ReadDelivery(string deliveryId) =>
        DeliveryKey.Parse(deliveryId) is { } key && await store.ReadDelivery(BusinessId, key) is { } delivery
            ? delivery
            : Refusal.NotFound("delivery");

    public async Task<Result<DeliveryDetails>> Retry(string deliveryId)
    {
        var read = await ReadDelivery(deliveryId);
        if (!read.TryGet(out var delivery, out var refusal)) return refusal;

        var key = delivery.Summary.Key;
        if (!await store.Retry(key, clock.GetUtcNow()))
            return Refusal.Validation([new("deliveryId", "must be of an endpoint that still exists")]);
        await GrainFactory.GetGrain<IWebhookEndpointGrain>(key.EndpointId).Wake();
        return await ReadDelivery(deliveryId);
    }
}
