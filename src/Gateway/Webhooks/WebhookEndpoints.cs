using Bleepay.Gateway.Businesses;
using Bleepay.Gateway.Http;
using Bleepay.Gateway.Http.Json;
using Bleepay.Gateway.OpenApi;
using Bleepay.Grains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Keys;
using Bleepay.Grains.Webhooks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Bleepay.Gateway.Webhooks;

/// <summary>The endpoints that receive a business's events, managed with a token.</summary>
internal static class WebhookEndpoints
{
    public static void MapWebhookEndpoints(this RouteGroupBuilder business)
    {
        var endpoints = business.MapGroup("/webhook-endpoints").WithTags("Webhooks");

        endpoints.MapPost("/create-endpoint", Create)
            .WithName("createWebhookEndpoint")
            .Reads<CreateEndpointRequest>()
            .Answers<EndpointCreated>();

        endpoints.MapGet("", List).WithName("listWebhookEndpoints").Answers<IReadOnlyList<EndpointResource>>();

        var endpoint = endpoints.MapResource("endpointId", "webhook endpoint", Identifiers.IsEndpoint);

        endpoint.MapGet("", Read).WithName("getWebhookEndpoint").Answers<EndpointResource>();

        endpoint.MapPost("/update-endpoint", Update)
            .WithName("updateWebhookEndpoint")
            .Reads<UpdateEndpointRequest>()
            .AnswersNothing();

        endpoint.MapPost("/rotate-endpoint-secret", RotateSecret)
            .WithName("rotateWebhookEndpointSecret")
            .Reads<RotateEndpointSecretRequest>(isOptional: true)
            .Answers<EndpointSecretRotated>();

        endpoint.MapPost("/send-test-event", SendTestEvent)
            .WithName("sendTestEvent")
            .Reads<SendTestEventRequest>()
            .Answers<DeliveryResource>()
            .MayRefuse(RefusalCode.RateLimit);

        endpoint.MapPost("/enable-endpoint", Enable).WithName("enableWebhookEndpoint").AnswersNothing();
        endpoint.MapPost("/disable-endpoint", Disable).WithName("disableWebhookEndpoint").AnswersNothing();
        endpoint.MapPost("/delete-endpoint", Delete).WithName("deleteWebhookEndpoint").AnswersNothing();
    }

    /// <summary>Create a webhook endpoint</summary>
    /// <remarks>
    /// Creates an endpoint and returns its signing secret, which is not shown again. The URL's host must resolve to
    /// addresses of the public internet only. A business may have 20 endpoints.
    /// </remarks>
    internal static async Task<IResult> Create(
        BusinessMember member, HttpRequest request, GrainCalls calls, WebhookSecrets secrets)
    {
        var (document, unreadable) = await JsonBody.Read(request);
        if (document is null) return new ProblemResult(unreadable!);

        using (document)
        {
            var fields = new JsonFields(document.RootElement);
            fields.Require("url");
            fields.Require("events");
            var settings = new EndpointSettings(
                fields.String("url") ?? "", fields.String("description"), fields.Strings("events"));
            var id = Identifiers.New(Identifiers.EndpointPrefix);
            var (secret, kept) = secrets.New(id);
            var command = new CreateEndpoint(member.BusinessId, settings, kept, fields.Errors);
            var created = await calls.RetryWhileRejected(
                grains => grains.GetGrain<IWebhookEndpointGrain>(id).Create(member.Caller, command),
                request.HttpContext.RequestAborted);
            return created.TryGet(out var endpoint, out var refusal)
                ? new JsonAnswer<EndpointCreated>(EndpointCreated.From(endpoint, secret), ApiJson.Types.EndpointCreated)
                : new ProblemResult(refusal);
        }
    }

    /// <summary>List webhook endpoints</summary>
    /// <remarks>The endpoints of a business, newest first, without their secrets.</remarks>
    internal static async Task<IResult> List(BusinessMember member, GrainCalls calls, CancellationToken cancellation)
    {
        var read = await calls.RetryWhileRejected(
            grains => grains.GetGrain<IWebhookListsGrain>(member.BusinessId)
                .ReadEndpoints(member.Caller, cancellation),
            cancellation);
        return read.TryGet(out var list, out var refusal)
            ? new JsonAnswer<IReadOnlyList<EndpointResource>>(
                [.. list.Endpoints.Select(EndpointResource.From)], ApiJson.Types.IReadOnlyListEndpointResource)
            : new ProblemResult(refusal);
    }

    /// <summary>Read a webhook endpoint</summary>
    /// <remarks>The endpoint without its secret.</remarks>
    internal static async Task<IResult> Read(
        BusinessMember member, string endpointId, GrainCalls calls, CancellationToken cancellation)
    {
        var read = await calls.RetryWhileRejected(
            grains => grains.GetGrain<IWebhookEndpointGrain>(endpointId).Read(member.Caller, member.BusinessId),
            cancellation);
        return read.TryGet(out var endpoint, out var refusal)
            ? new JsonAnswer<EndpointResource>(EndpointResource.From(endpoint), ApiJson.Types.EndpointResource)
            : new ProblemResult(refusal);
    }

    /// <summary>Change a webhook endpoint</summary>
    /// <remarks>An absent field keeps its value; a description of null is cleared.</remarks>
    internal static async Task<IResult> Update(
        BusinessMember member, string endpointId, HttpRequest request, GrainCalls calls)
    {
        // 404 comes before every fault of the body.
        var known = await calls.RetryWhileRejected(
            grains => grains.GetGrain<IWebhookEndpointGrain>(endpointId).Read(member.Caller, member.BusinessId),
            request.HttpContext.RequestAborted);
        if (!known.TryGet(out _, out var unknown)) return new ProblemResult(unknown);

        var (document, unreadable) = await JsonBody.Read(request);
        if (document is null) return new ProblemResult(unreadable!);

        using (document)
        {
            var fields = new JsonFields(document.RootElement);
            var change = new EndpointChange(
                fields.String("url"),
                fields.String("description"),
                fields.IsNull("description"),
                fields.Has("events") ? fields.Strings("events") : null,
                fields.Errors);
            return Done(await calls.RetryWhileRejected(
                grains => grains.GetGrain<IWebhookEndpointGrain>(endpointId)
                    .Update(member.Caller, member.BusinessId, change),
                request.HttpContext.RequestAborted));
        }
    }

    /// <summary>Rotate the signing secret of a webhook endpoint</summary>
    /// <remarks>
    /// Returns a new secret, which is not shown again. Without a body, or with a grace of 0, the previous secret stops
    /// signing at once. During the grace, webhook-signature has a signature of each of the two secrets, separated by a
    /// space; X-Platform-Signature is made with the new secret.
    /// </remarks>
    internal static async Task<IResult> RotateSecret(
        BusinessMember member, string endpointId, HttpRequest request, GrainCalls calls, WebhookSecrets secrets)
    {
        var (document, unreadable) = await JsonBody.ReadIfAny(request);
        using (document)
        {
            var fields = JsonFields.Of(document);
            var graceSeconds = fields.WholeNumber("graceSeconds") ?? 0;
            var (secret, kept) = secrets.New(endpointId);
            var command = new RotateEndpointSecret(unreadable, graceSeconds, kept, fields.Errors);
            var rotated = await calls.RetryWhileRejected(
                grains => grains.GetGrain<IWebhookEndpointGrain>(endpointId)
                    .RotateSecret(member.Caller, member.BusinessId, command),
                request.HttpContext.RequestAborted);
            return rotated.TryGet(out var endpoint, out var refusal)
                ? new JsonAnswer<EndpointSecretRotated>(
                    new EndpointSecretRotated(endpoint.Id, secret), ApiJson.Types.EndpointSecretRotated)
                : new ProblemResult(refusal);
        }
    }

    /// <summary>Send a test event</summary>
    /// <remarks>
    /// Sends an event with made-up data and test: true to the endpoint, whatever types it has subscribed to. It takes
    /// the same queue, retries and signatures as every event. At most 10 test events of an endpoint may wait.
    /// </remarks>
    internal static async Task<IResult> SendTestEvent(
        BusinessMember member, string endpointId, HttpRequest request, GrainCalls calls)
    {
        var (document, unreadable) = await JsonBody.Read(request);
        using (document)
        {
            var fields = JsonFields.Of(document);
            fields.Require("type");
            var command = new SendTestEvent(unreadable, fields.String("type") ?? "", fields.Errors);
            var sent = await calls.RetryWhileRejected(
                grains => grains.GetGrain<IWebhookEndpointGrain>(endpointId)
                    .SendTestEvent(member.Caller, member.BusinessId, command),
                request.HttpContext.RequestAborted);
            return sent.TryGet(out var delivery, out var refusal)
                ? new JsonAnswer<DeliveryResource>(DeliveryResource.From(delivery), ApiJson.Types.DeliveryResource)
                : new ProblemResult(refusal);
        }
    }

    /// <summary>Enable a webhook endpoint</summary>
    /// <remarks>Also resumes an endpoint that was paused because its deliveries failed.</remarks>
    internal static Task<IResult> Enable(
        BusinessMember member, string endpointId, GrainCalls calls, CancellationToken cancellation) =>
        SetEnabled(member, endpointId, calls, true, cancellation);

    /// <summary>Disable a webhook endpoint</summary>
    /// <remarks>New events are dropped until it is enabled again; deliveries that already wait are kept.</remarks>
    internal static Task<IResult> Disable(
        BusinessMember member, string endpointId, GrainCalls calls, CancellationToken cancellation) =>
        SetEnabled(member, endpointId, calls, false, cancellation);

    /// <summary>Delete a webhook endpoint</summary>
    /// <remarks>Its pending deliveries are cancelled.</remarks>
    internal static async Task<IResult> Delete(
        BusinessMember member, string endpointId, GrainCalls calls, CancellationToken cancellation) =>
        Done(await calls.RetryWhileRejected(
            grains => grains.GetGrain<IWebhookEndpointGrain>(endpointId).Delete(member.Caller, member.BusinessId),
            cancellation));

    private static async Task<IResult> SetEnabled(
        BusinessMember member, string endpointId, GrainCalls calls, bool isEnabled, CancellationToken cancellation) =>
        Done(await calls.RetryWhileRejected(
            grains => grains.GetGrain<IWebhookEndpointGrain>(endpointId)
                .SetEnabled(member.Caller, member.BusinessId, isEnabled),
            cancellation));

    private static IResult Done(Result<EndpointView> changed) =>
        changed.TryGet(out _, out var refusal) ? EmptyAnswer.Instance : new ProblemResult(refusal);
}
