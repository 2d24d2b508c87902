using System.Collections.Immutable;
using Orleans.Concurrency;

namespace Bleepay.Grains.Webhooks;

/// <summary>
/// The endpoints and deliveries of one business, read from the store: a separate gateway has no access to it.
/// Its key is the business's id. A caller that is not a member gets <c>NotFound</c> from every method, and
/// <c>RateLimit</c> is for a business of which too many reads wait already.
/// </summary>
[GrainInterfaceType("bleepay.webhook-lists"), Alias("bleepay.webhook-lists")]
public interface IWebhookListsGrain : IGrainWithStringKey
{
    /// <summary>Every endpoint of the business, the newest first.</summary>
    [Alias("ReadEndpoints"), AlwaysInterleave]
    Task<Result<EndpointList>> ReadEndpoints(Caller caller, CancellationToken cancellation = default);

    /// <summary>The business's deliveries, the newest event first.</summary>
    [Alias("ReadDeliveries"), AlwaysInterleave]
    Task<Result<DeliveryPage>> ReadDeliveries(
        Caller caller, DeliveryQuery query, CancellationToken cancellation = default);

    /// <summary>One delivery with its request and answer, or <c>NotFound</c>.</summary>
    [Alias("ReadDelivery"), AlwaysInterleave]
    Task<Result<DeliveryDetails>> ReadDelivery(
        Caller caller, string deliveryId, CancellationToken cancellation = default);

    /// <summary>Lets a delivery be attempted now, whatever its status, and from the schedule's begin again.</summary>
    /// <returns>The delivery as it now waits; <c>NotFound</c>, or <c>ValidationFailed</c> when its endpoint is
    /// gone.</returns>
    [Alias("Retry"), AlwaysInterleave]
    Task<Result<DeliveryDetails>> Retry(Caller caller, string deliveryId);
}

/// <summary>All endpoints of a business: at most <see cref="WebhookBounds.EndpointsPerBusinessMax"/>.</summary>
[GenerateSerializer, Immutable, Alias("bleepay.endpoint-list")]
public sealed record EndpointList([property: Id(0)] ImmutableArray<EndpointView> Endpoints);

/// <summary>Part of a list of deliveries.</summary>
/// <param name="Next">The cursor of the next page, null when there is none.</param>
[GenerateSerializer, Immutable, Alias("bleepay.delivery-page")]
public sealed record DeliveryPage(
    [property: Id(0)] ImmutableArray<DeliverySummary> Deliveries, [property: Id(1)] DeliveryCursor? Next);

/// <summary>The status of a delivery.</summary>
[GenerateSerializer, Alias("bleepay.delivery-status")]
public enum DeliveryStatus
{
    /// <summary>Not attempted yet.</summary>
    Pending = 0,

    /// <summary>Attempted in vain, to be attempted again.</summary>
    Retrying = 1,

    /// <summary>Answered with 2xx.</summary>
    Delivered = 2,

    /// <summary>Given up, or cancelled with its endpoint.</summary>
    Failed = 3,
}

/// <summary>Which deliveries are asked for.</summary>
/// <param name="Limit">1–<see cref="ListBounds.LimitMax"/>.</param>
/// <param name="Offset">How many of the newest are skipped, 0–<see cref="ListBounds.OffsetMax"/>.</param>
/// <param name="Since">Those of events after this time.</param>
/// <param name="Until">Those of events before this time.</param>
/// <param name="After">Those behind this one in the list; null from the first.</param>
[GenerateSerializer, Immutable, Alias("bleepay.delivery-query")]
public sealed record DeliveryQuery(
    [property: Id(0)] int Limit,
    [property: Id(1)] int Offset,
    [property: Id(2)] DateTimeOffset? Since,
    [property: Id(3)] DateTimeOffset? Until,
    [property: Id(4)] DeliveryCursor? After,
    [property: Id(5)] DeliveryStatus? Status,
    [property: Id(6)] string? EndpointId);

/// <summary>Where a delivery is in the list.</summary>
[GenerateSerializer, Immutable, Alias("bleepay.delivery-cursor")]
public sealed record DeliveryCursor([property: Id(0)] DateTimeOffset CreatedAt, [property: Id(1)] DeliveryKey Key)
{
    public static DeliveryCursor Of(DeliverySummary delivery) => new(delivery.CreatedAt, delivery.Key);
}

/// <summary>The delivery of one event to one endpoint.</summary>
/// <param name="EventType">One of <see cref="EventTypes.All"/>.</param>
/// <param name="CreatedAt">When the event happened.</param>
[GenerateSerializer, Immutable, Alias("bleepay.delivery-summary")]
public sealed record DeliverySummary(
    [property: Id(0)] DeliveryKey Key,
    [property: Id(1)] string EventType,
    [property: Id(2)] DeliveryStatus Status,
    [property: Id(3)] int Attempts,
    [property: Id(4)] DateTimeOffset? LastAttemptAt,
    [property: Id(5)] DateTimeOffset CreatedAt);

/// <summary>A delivery with its last request and answer.</summary>
/// <param name="RequestUrl">Null before the first attempt, as is <paramref name="RequestBody"/>.</param>
/// <param name="ResponseCode">The status of the last answer; null when there was none.</param>
/// <param name="ResponseBody">The begin of the last answer's body as text; null when there was none.</param>
/// <param name="Failure">Why there was no answer, in words; null when there was one.</param>
[GenerateSerializer, Immutable, Alias("bleepay.delivery-details")]
public sealed record DeliveryDetails(
    [property: Id(0)] DeliverySummary Summary,
    [property: Id(1)] string? RequestUrl,
    [property: Id(2)] string? RequestBody,
    [property: Id(3)] int? ResponseCode,
    [property: Id(4)] string? ResponseBody,
    [property: Id(5)] string? Failure);
