using Bleepay.Gateway.Credentials;
using Bleepay.Gateway.Description;
using Bleepay.Gateway.Http;
using Bleepay.Grains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Webhooks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Bleepay.Gateway.Webhooks;

/// <summary>What a business was told and is still to be told, and how that went.</summary>
internal static class WebhookDeliveries
{
    public static void MapWebhookDeliveries(this IEndpointRouteBuilder api)
    {
        var managed = api.MapGroup("/businesses/{businessId}/webhook-deliveries")
            .WithTags("Webhooks")
            .RequireAuthorization();

        managed.MapGet("", List)
            .WithName("listWebhookDeliveries")
            .Answers<IReadOnlyList<DeliveryResource>>()
            .TakesPage()
            .TakesPlace()
            .TakesQuery("status", "Only those that stand so.", DeliveryListRequest.Statuses)
            .TakesQuery("endpointId", "Only those of this endpoint.")
            .Needs(ApiCredential.Token)
            .MayRefuse(RefusalCode.ValidationFailed, RefusalCode.Unauthorized, RefusalCode.NotFound);

        managed.MapGet("/{deliveryId}", Read)
            .WithName("getWebhookDelivery")
            .Answers<DeliveryDetailsResource>()
            .Needs(ApiCredential.Token)
            .MayRefuse(RefusalCode.Unauthorized, RefusalCode.NotFound);

        managed.MapPost("/{deliveryId}/retry-delivery", Retry)
            .WithName("retryWebhookDelivery")
            .AnswersNothing()
            .Needs(ApiCredential.Token)
            .MayRefuse(RefusalCode.ValidationFailed, RefusalCode.Unauthorized, RefusalCode.NotFound);
    }

    /// <summary>List webhook deliveries</summary>
    /// <remarks>
    /// Newest event first. The Link header leads to the next page, however deep; dead letters are those with the status
    /// FAILED.
    /// </remarks>
    internal static async Task<IResult> List(string businessId, HttpContext http, IGrainFactory grains)
    {
        if (!Credential.IsMember(http, businessId)) return new ProblemResult(Refusal.NotFound("business"));

        var errors = new List<FieldError>();
        var query = DeliveryListRequest.Read(http.Request.Query, errors);
        if (errors.Count > 0) return new ProblemResult(Refusal.Validation(errors));

        var read = await GrainCalls.Insist(() => grains.GetGrain<IWebhookListsGrain>(businessId)
            .ReadDeliveries(Credential.Member(http)!, query, http.RequestAborted));
        if (!read.TryGet(out var page, out var refusal)) return new ProblemResult(refusal);
        if (page.Next is { } next) http.Response.Headers.Link = DeliveryListRequest.LinkTo(next, http.Request);
        return new JsonListAnswer<DeliverySummary, DeliveryResource>(
            page.Deliveries, DeliveryResource.From, ApiJson.Types.DeliveryResource);
    }

    /// <summary>Read a webhook delivery</summary>
    /// <remarks>With the request and the answer of its last attempt.</remarks>
    internal static async Task<IResult> Read(
        string businessId, string deliveryId, HttpContext http, IGrainFactory grains)
    {
        if (!Credential.IsMember(http, businessId) || !Identifiers.IsDelivery(deliveryId))
            return new ProblemResult(Refusal.NotFound("delivery"));

        var read = await GrainCalls.Insist(() => grains.GetGrain<IWebhookListsGrain>(businessId)
            .ReadDelivery(Credential.Member(http)!, deliveryId, http.RequestAborted));
        return read.TryGet(out var delivery, out var refusal)
            ? new JsonAnswer<DeliveryDetailsResource>(
                DeliveryDetailsResource.From(delivery), ApiJson.Types.DeliveryDetailsResource)
            : new ProblemResult(refusal);
    }

    /// <summary>Retry a webhook delivery</summary>
    /// <remarks>Attempts it now, whatever its status, and from the schedule's begin again.</remarks>
    internal static async Task<IResult> Retry(
        string businessId, string deliveryId, HttpContext http, IGrainFactory grains)
    {
        if (!Credential.IsMember(http, businessId) || !Identifiers.IsDelivery(deliveryId))
            return new ProblemResult(Refusal.NotFound("delivery"));

        var retried = await GrainCalls.Insist(
            () => grains.GetGrain<IWebhookListsGrain>(businessId).Retry(Credential.Member(http)!, deliveryId));
        return retried.TryGet(out _, out var refusal) ? EmptyAnswer.Instance : new ProblemResult(refusal);
    }
}
