using Bleepay.Gateway.Businesses;
using Bleepay.Gateway.Http;
using Bleepay.Gateway.Http.Json;
using Bleepay.Gateway.OpenApi;
using Bleepay.Grains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Webhooks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Bleepay.Gateway.Webhooks;

/// <summary>The deliveries of a business's events, with the result of each attempt.</summary>
internal static class WebhookDeliveries
{
    public static void MapWebhookDeliveries(this RouteGroupBuilder business)
    {
        var deliveries = business.MapGroup("/webhook-deliveries").WithTags("Webhooks");

        deliveries.MapGet("", List)
            .WithName("listWebhookDeliveries")
            .Answers<IReadOnlyList<DeliveryResource>>()
            .TakesPage()
            .TakesCursor()
            .TakesQuery("status", "Only the deliveries with this status.", ApiWords.Of<DeliveryStatus>())
            .TakesQuery("endpointId", "Only the deliveries to this endpoint.");

        var delivery = deliveries.MapResource("deliveryId", "delivery", Identifiers.IsDelivery);

        delivery.MapGet("", Read).WithName("getWebhookDelivery").Answers<DeliveryDetailsResource>();

        delivery.MapPost("/retry-delivery", Retry)
            .WithName("retryWebhookDelivery")
            .AnswersNothing()
            .MayRefuse(RefusalCode.ValidationFailed);
    }

    /// <summary>List webhook deliveries</summary>
    /// <remarks>
    /// The deliveries of a business, the newest event first. The Link header leads to the next page, at any depth. A
    /// delivery that is not retried any further has the status FAILED.
    /// </remarks>
    internal static async Task<IResult> List(BusinessMember member, HttpContext http, GrainCalls calls)
    {
        var errors = new List<FieldError>();
        var query = DeliveryListRequest.Read(http.Request.Query, errors);
        if (errors.Count > 0) return new ProblemResult(Refusal.Validation(errors));

        var read = await calls.RetryWhileRejected(
            grains => grains.GetGrain<IWebhookListsGrain>(member.BusinessId)
                .ReadDeliveries(member.Caller, query, http.RequestAborted),
            http.RequestAborted);
        if (!read.TryGet(out var page, out var refusal)) return new ProblemResult(refusal);
        if (page.Next is { } next) http.Response.Headers.Link = DeliveryListRequest.LinkTo(next, http.Request);
        return new JsonListAnswer<DeliverySummary, DeliveryResource>(
            page.Deliveries, DeliveryResource.From, ApiJson.Types.DeliveryResource);
    }

    /// <summary>Read a webhook delivery</summary>
    /// <remarks>The delivery, with the request and the response of its last attempt.</remarks>
    internal static async Task<IResult> Read(
        BusinessMember member, string deliveryId, GrainCalls calls, CancellationToken cancellation)
    {
        var read = await calls.RetryWhileRejected(
            grains => grains.GetGrain<IWebhookListsGrain>(member.BusinessId)
                .ReadDelivery(member.Caller, deliveryId, cancellation),
            cancellation);
        return read.TryGet(out var delivery, out var refusal)
            ? new JsonAnswer<DeliveryDetailsResource>(
                DeliveryDetailsResource.From(delivery), ApiJson.Types.DeliveryDetailsResource)
            : new ProblemResult(refusal);
    }

    /// <summary>Retry a webhook delivery</summary>
    /// <remarks>Attempts the delivery now, whatever its status. The retry schedule starts again.</remarks>
    internal static async Task<IResult> Retry(
        BusinessMember member, string deliveryId, GrainCalls calls, CancellationToken cancellation)
    {
        var retried = await calls.RetryWhileRejected(
            grains => grains.GetGrain<IWebhookListsGrain>(member.BusinessId).Retry(member.Caller, deliveryId),
            cancellation);
        return retried.TryGet(out _, out var refusal) ? EmptyAnswer.Instance : new ProblemResult(refusal);
    }
}
