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

/// <summary>Where a business wants to be told of events, managed with a token.</summary>
internal static class WebhookEndpoints
{
    private static readonly RefusalCode[] OfBody =
    [
        RefusalCode.ValidationFailed, RefusalCode.Unauthorized, RefusalCode.NotFound, RefusalCode.TooLarge,
        RefusalCode.UnsupportedMediaType,
    ];

    public static void MapWebhookEndpoints(this IEndpointRouteBuilder api)
    {
        var managed = api.MapGroup("/businesses/{businessId}/webhook-endpoints")
            .WithTags("Webhooks")
            .RequireAuthorization();

        managed.MapPost("/create-endpoint", Create)
            .WithName("createWebhookEndpoint")
            .Reads<CreateEndpointRequest>()
            .Answers<EndpointCreated>()
            .Needs(ApiCredential.Token)
            .MayRefuse(OfBody);

        managed.MapGet("", List)
            .WithName("listWebhookEndpoints")
            .Answers<IReadOnlyList<EndpointResource>>()
            .Needs(ApiCredential.Token)
            .MayRefuse(RefusalCode.Unauthorized, RefusalCode.NotFound);

        managed.MapGet("/{endpointId}", Read)
            .WithName("getWebhookEndpoint")
            .Answers<EndpointResource>()
            .Needs(ApiCredential.Token)
            .MayRefuse(RefusalCode.Unauthorized, RefusalCode.NotFound);

        managed.MapPost("/{endpointId}/update-endpoint", Update)
            .WithName("updateWebhookEndpoint")
            .Reads<UpdateEndpointRequest>()
            .AnswersNothing()
            .Needs(ApiCredential.Token)
            .MayRefuse(OfBody);

        managed.MapPost("/{endpointId}/rotate-endpoint-secret", RotateSecret)
            .WithName("rotateWebhookEndpointSecret")
            .Answers<EndpointSecretRotated>()
            .Needs(ApiCredential.Token)
            .MayRefuse(RefusalCode.Unauthorized, RefusalCode.NotFound);

        managed.MapPost("/{endpointId}/enable-endpoint", Enable).WithName("enableWebhookEndpoint").Changes();
        managed.MapPost("/{endpointId}/disable-endpoint", Disable).WithName("disableWebhookEndpoint").Changes();
        managed.MapPost("/{endpointId}/delete-endpoint", Delete).WithName("deleteWebhookEndpoint").Changes();
    }

    /// <summary>Create a webhook endpoint</summary>
    /// <remarks>
    /// Makes an endpoint and its signing secret, which is shown this once. The URL's name must resolve, and to
    /// addresses of the public internet only. A business may have 20 endpoints.
    /// </remarks>
    internal static async Task<IResult> Create(
        string businessId, HttpContext http, IGrainFactory grains, WebhookSecrets secrets)
    {
        if (!Credential.IsMember(http, businessId)) return new ProblemResult(Refusal.NotFound("business"));

        var (document, unreadable) = await JsonBody.Read(http.Request);
        if (document is null) return new ProblemResult(unreadable!);

        using (document)
        {
            var fields = new JsonFields(document.RootElement);
            fields.Require("url");
            fields.Require("events");
            var settings = new EndpointSettings(
                fields.Text("url") ?? "", fields.Text("description"), fields.Texts("events"));
            var id = Identifiers.New(Identifiers.EndpointPrefix);
            var (secret, kept) = secrets.New(id);
            var command = new CreateEndpoint(businessId, settings, kept, fields.Errors);
            var created = await GrainCalls.Insist(
                () => grains.GetGrain<IWebhookEndpointGrain>(id).Create(Credential.Member(http)!, command));
            return created.TryGet(out var endpoint, out var refusal)
                ? new JsonAnswer<EndpointCreated>(EndpointCreated.From(endpoint, secret), ApiJson.Types.EndpointCreated)
                : new ProblemResult(refusal);
        }
    }

    /// <summary>List webhook endpoints</summary>
    /// <remarks>The endpoints of a business, newest first, without their secrets.</remarks>
    internal static async Task<IResult> List(string businessId, HttpContext http, IGrainFactory grains)
    {
        if (!Credential.IsMember(http, businessId)) return new ProblemResult(Refusal.NotFound("business"));

        var read = await GrainCalls.Insist(() => grains.GetGrain<IWebhookListsGrain>(businessId)
            .ReadEndpoints(Credential.Member(http)!, http.RequestAborted));
        return read.TryGet(out var list, out var refusal)
            ? new JsonAnswer<IReadOnlyList<EndpointResource>>(
                [.. list.Endpoints.Select(EndpointResource.From)], ApiJson.Types.IReadOnlyListEndpointResource)
            : new ProblemResult(refusal);
    }

    /// <summary>Read a webhook endpoint</summary>
    /// <remarks>The endpoint without its secret.</remarks>
    internal static Task<IResult> Read(string businessId, string endpointId, HttpContext http, IGrainFactory grains) =>
        Answer(businessId, endpointId, http, grains, (grain, caller) => grain.Read(caller, businessId), endpoint =>
            new JsonAnswer<EndpointResource>(EndpointResource.From(endpoint), ApiJson.Types.EndpointResource));

    /// <summary>Change a webhook endpoint</summary>
    /// <remarks>An absent field stays as it is; a description of null is cleared.</remarks>
    internal static async Task<IResult> Update(
        string businessId, string endpointId, HttpContext http, IGrainFactory grains)
    {
        if (!Credential.IsMember(http, businessId) || !Identifiers.IsEndpoint(endpointId))
            return new ProblemResult(Refusal.NotFound("webhook endpoint"));

        // An endpoint that is not there is told before anything is said of the body.
        var known = await GrainCalls.Insist(() =>
            grains.GetGrain<IWebhookEndpointGrain>(endpointId).Read(Credential.Member(http)!, businessId));
        if (!known.TryGet(out _, out var stranger)) return new ProblemResult(stranger);

        var (document, unreadable) = await JsonBody.Read(http.Request);
        if (document is null) return new ProblemResult(unreadable!);

        using (document)
        {
            var fields = new JsonFields(document.RootElement);
            var change = new EndpointChange(
                fields.Text("url"),
                fields.Text("description"),
                fields.IsNull("description"),
                fields.Has("events") ? fields.Texts("events") : null,
                fields.Errors);
            return await Answer(
                businessId, endpointId, http, grains, (grain, caller) => grain.Update(caller, businessId, change),
                _ => EmptyAnswer.Instance);
        }
    }

    /// <summary>Give a webhook endpoint another signing secret</summary>
    /// <remarks>The old one signs nothing any more, at once. The new one is shown this once.</remarks>
    internal static Task<IResult> RotateSecret(
        string businessId, string endpointId, HttpContext http, IGrainFactory grains, WebhookSecrets secrets)
    {
        var (secret, kept) = secrets.New(endpointId);
        return Answer(
            businessId, endpointId, http, grains, (grain, caller) => grain.RotateSecret(caller, businessId, kept),
            endpoint => new JsonAnswer<EndpointSecretRotated>(
                new EndpointSecretRotated(endpoint.Id, secret), ApiJson.Types.EndpointSecretRotated));
    }

    /// <summary>Enable a webhook endpoint</summary>
    /// <remarks>Also ends its pause, if it was paused for failing.</remarks>
    internal static Task<IResult> Enable(
        string businessId, string endpointId, HttpContext http, IGrainFactory grains) =>
        Answer(businessId, endpointId, http, grains,
            (grain, caller) => grain.SetEnabled(caller, businessId, true), _ => EmptyAnswer.Instance);

    /// <summary>Disable a webhook endpoint</summary>
    /// <remarks>Events are dropped meanwhile; those that were waiting wait until it is enabled.</remarks>
    internal static Task<IResult> Disable(
        string businessId, string endpointId, HttpContext http, IGrainFactory grains) =>
        Answer(businessId, endpointId, http, grains,
            (grain, caller) => grain.SetEnabled(caller, businessId, false), _ => EmptyAnswer.Instance);

    /// <summary>Delete a webhook endpoint</summary>
    /// <remarks>What it was still to be told is cancelled.</remarks>
    internal static Task<IResult> Delete(
        string businessId, string endpointId, HttpContext http, IGrainFactory grains) =>
        Answer(businessId, endpointId, http, grains,
            (grain, caller) => grain.Delete(caller, businessId), _ => EmptyAnswer.Instance);

    private static RouteHandlerBuilder Changes(this RouteHandlerBuilder route) => route
        .AnswersNothing()
        .Needs(ApiCredential.Token)
        .MayRefuse(RefusalCode.Unauthorized, RefusalCode.NotFound);

    private static async Task<IResult> Answer(
        string businessId,
        string endpointId,
        HttpContext http,
        IGrainFactory grains,
        Func<IWebhookEndpointGrain, Caller, Task<Result<EndpointView>>> ask,
        Func<EndpointView, IResult> answer)
    {
        if (!Credential.IsMember(http, businessId) || !Identifiers.IsEndpoint(endpointId))
            return new ProblemResult(Refusal.NotFound("webhook endpoint"));

        var asked = await GrainCalls.Insist(
            () => ask(grains.GetGrain<IWebhookEndpointGrain>(endpointId), Credential.Member(http)!));
        return asked.TryGet(out var endpoint, out var refusal) ? answer(endpoint) : new ProblemResult(refusal);
    }
}
