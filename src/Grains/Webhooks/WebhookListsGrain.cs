using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;

namespace Bleepay.Grains.Webhooks;

/// <summary>Reads the store where it is: on whichever silo is asked.</summary>
/// <remarks>One worker whose calls interleave, as of <see cref="Sessions.SessionListGrain"/>.</remarks>
[StatelessWorker(maxLocalWorkers: 1)]
[GrainType("webhooklists")]
public sealed class WebhookListsGrain(
    IWebhookStore store,
    IWebhookLists lists,
    [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider clock)
    : Grain, IWebhookListsGrain
{
    private string BusinessId => this.GetPrimaryKeyString();

    public async Task<Result<EndpointList>> ReadEndpoints(Caller caller, CancellationToken cancellation) =>
        caller.IsMemberOf(BusinessId)
            ? await lists.ReadEndpoints(BusinessId, cancellation)
            : Refusal.NotFound("business");

    public async Task<Result<DeliveryPage>> ReadDeliveries(
        Caller caller, DeliveryQuery query, CancellationToken cancellation) =>
        caller.IsMemberOf(BusinessId)
            ? await lists.ReadDeliveries(BusinessId, query, cancellation)
            : Refusal.NotFound("business");

    public async Task<Result<DeliveryDetails>> ReadDelivery(
        Caller caller, string deliveryId, CancellationToken cancellation) =>
        caller.IsMemberOf(BusinessId) && DeliveryKey.Parse(deliveryId) is { } key
            ? await lists.ReadDelivery(BusinessId, key, cancellation)
            : Refusal.NotFound("delivery");

    public async Task<Result<DeliveryDetails>> Retry(Caller caller, string deliveryId)
    {
        var read = await ReadDelivery(caller, deliveryId, default);
        if (!read.TryGet(out var delivery, out var refusal)) return refusal;

        var key = delivery.Summary.Key;
        if (!await store.Retry(key, clock.GetUtcNow()))
            return Refusal.Validation([new("deliveryId", "must be of an endpoint that still exists")]);
        await GrainFactory.GetGrain<IWebhookEndpointGrain>(key.EndpointId).Wake(key);
        return await ReadDelivery(caller, deliveryId, default);
    }
}

/// <summary>
/// The lists of the webhook store, which is the host's. Refusals are those of <see cref="IWebhookListsGrain"/>.
/// </summary>
public interface IWebhookLists
{
    /// <summary>The endpoints of a business, newest first.</summary>
    Task<Result<EndpointList>> ReadEndpoints(string businessId, CancellationToken cancellation);

    /// <summary>The deliveries of a business that are asked for, newest first.</summary>
    Task<Result<DeliveryPage>> ReadDeliveries(
        string businessId, DeliveryQuery query, CancellationToken cancellation);

    /// <summary>One delivery of the business, or <c>NotFound</c>.</summary>
    Task<Result<DeliveryDetails>> ReadDelivery(string businessId, DeliveryKey key, CancellationToken cancellation);
}
