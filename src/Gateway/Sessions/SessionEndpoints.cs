using Bleepay.Gateway.Checkout;
using Bleepay.Gateway.Credentials;
using Bleepay.Gateway.Http;
using Bleepay.Gateway.Http.Json;
using Bleepay.Gateway.Limits;
using Bleepay.Gateway.OpenApi;
using Bleepay.Gateway.Sessions.Live;
using Bleepay.Gateway.Widgets;
using Bleepay.Grains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Sessions;
using Bleepay.Grains.Widgets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Bleepay.Gateway.Sessions;

/// <summary>
/// Sessions over HTTP: created with a widget's secret, read and cancelled with their own, each also with a token; and
/// payments, reported with a token that has the scope.
/// </summary>
internal static class SessionEndpoints
{
    public static void MapSessions(this IEndpointRouteBuilder api)
    {
        var sessions = api.MapGroup("/widgets").WithTags("Sessions");

        sessions.MapPost("/{widgetId}/create-session", Create)
            .RequireCors(CorsPolicyProvider.AllowedDomains)
            .WithName("createSession")
            .Reads<CreateSessionRequest>()
            .Answers<SessionCreated>()
            .Needs(ApiCredential.Token, ApiCredential.WidgetSecret)
            .MayRefuse(
                RefusalCode.Unauthorized, RefusalCode.NotFound, RefusalCode.DomainNotAllowed,
                RefusalCode.IdempotencyConflict);

        var own = sessions.MapGroup("/deposit-sessions/{sessionId}").RequireCors(CorsPolicyProvider.AnyOrigin);

        own.MapGet("/events", Follow)
            .WithName("followSession")
            .Produces<SessionResource>(StatusCodes.Status200OK, SessionEventStream.ContentType)
            .Produces(StatusCodes.Status204NoContent)
            .TakesHeader(LastEventId.Header, "The id of the last event received; the stream continues after it.")
            .Needs(ApiCredential.Token, ApiCredential.SessionSecret)
            .MayRefuse(
                RefusalCode.ValidationFailed, RefusalCode.Unauthorized, RefusalCode.NotFound, RefusalCode.RateLimit);

        own.MapGet("", Read)
            .WithName("getSession")
            .Answers<SessionDetails>()
            .Needs(ApiCredential.Token, ApiCredential.SessionSecret)
            .MayRefuse(RefusalCode.Unauthorized, RefusalCode.NotFound);

        own.MapPost("/cancel-session", Cancel)
            .WithName("cancelSession")
            .Answers<SessionCancelled>()
            .Needs(ApiCredential.Token, ApiCredential.SessionSecret)
            .MayRefuse(RefusalCode.CannotCancel, RefusalCode.Unauthorized, RefusalCode.NotFound);

        own.MapPost("/report-payment", ReportPayment)
            .WithName("reportPayment")
            .Reads<ReportPaymentRequest>()
            .Answers<SessionDetails>()
            .Needs(ApiCredential.ReporterToken)
            .MayRefuse(
                RefusalCode.Unauthorized, RefusalCode.NotFound, RefusalCode.Forbidden, RefusalCode.TooManyPayments,
                RefusalCode.PaymentConflict);
    }

    /// <summary>Create a deposit session</summary>
    /// <remarks>
    /// The session expires after 30 minutes. With an Idempotency-Key, a request can be repeated any number of times: it
    /// creates one session and returns the same answer, clientSecret included. A widget secret used in a page is
    /// public, so compare amount, currencyAddress and depositAddress with the order before you fulfil it.
    /// </remarks>
    internal static async Task<IResult> Create(
        string widgetId,
        HttpContext http,
        GrainCalls calls,
        SessionSecrets secrets,
        WidgetDomains domains,
        CheckoutLinks checkout,
        ISessionHomes homes,
        TimeProvider clock)
    {
        if (Credential.ForWidget(http) is not { } caller) return new ProblemResult(Refusals.Unauthorized);
        if (domains.IsUnknown(widgetId)) return new ProblemResult(Refusal.NotFound("widget"));

        var request = await SessionRequest.Read(http.Request, widgetId, homes, clock.GetUtcNow());
        var command = new CreateSession(
            caller, request.SessionId, BrowserOrigin.HostOf(http.Request), request.Draft, request.Unreadable,
            request.Fingerprint, secrets.CurrentKeyId);
        var created = await calls.RetryWhileRejected(
            grains => grains.WidgetPolicy(widgetId).CreateSession(command), http.RequestAborted);

        if (created.TryGet(out var session, out var refusal))
        {
            var secret = secrets.Of(session.Id, session.SecretKeyId);
            return new JsonAnswer<SessionCreated>(
                SessionCreated.From(session, secret, checkout.Of(http.Request, session, secret)),
                ApiJson.Types.SessionCreated);
        }

        domains.CacheIfUnknown(widgetId, caller, refusal);
        return new ProblemResult(refusal);
    }

    /// <summary>Read a session</summary>
    /// <remarks>
    /// The session as it is now. With the session's secret, the answer has what the customer may see; with a token, it
    /// also has the merchant's fields, the payments and the timeline.
    /// </remarks>
    internal static async Task<IResult> Read(
        string sessionId, HttpContext http, GrainCalls calls, SessionSecrets secrets)
    {
        var caller = Credential.ForSession(http, sessionId, secrets);
        var read = await Find(sessionId, caller, calls, http.RequestAborted);
        if (!read.TryGet(out var session, out var refusal)) return new ProblemResult(refusal);
        return caller is Member
            ? new JsonAnswer<SessionDetails>(SessionDetails.From(session), ApiJson.Types.SessionDetails)
            : new JsonAnswer<SessionResource>(SessionResource.From(session), ApiJson.Types.SessionResource);
    }

    /// <summary>The session as this caller may read it.</summary>
    /// <param name="caller">Null for a request without a valid credential.</param>
    internal static async Task<Result<SessionView>> Find(
        string sessionId, Caller? caller, GrainCalls calls, CancellationToken cancellation)
    {
        if (caller is null) return Refusals.Unauthorized;
        if (!Identifiers.IsSession(sessionId)) return Refusal.NotFound("session");
        return await calls.RetryWhileRejected(grains => grains.DepositSession(sessionId).Read(caller), cancellation);
    }

    /// <summary>Follow a session</summary>
    /// <remarks>
    /// Server-Sent Events: an event named session at the start and at every change. Its data is the whole resource, and
    /// its id is the number of the change. With Last-Event-ID, the stream continues after that change without a gap, on
    /// any node. The stream ends after a final status; a request that continues after the final event gets 204. After
    /// 15 seconds without a change, the stream sends a comment.
    /// </remarks>
    internal static async Task<IResult> Follow(
        string sessionId, HttpContext http, LiveSessions sessions, SessionSecrets secrets)
    {
        if (Credential.ForSession(http, sessionId, secrets) is not { } caller)
            return new ProblemResult(Refusals.Unauthorized);
        if (!Identifiers.IsSession(sessionId)) return new ProblemResult(Refusal.NotFound("session"));

        Result<SessionFollower> followed;
        try
        {
            var client = ClientLimit.ClientOf(http.Connection.RemoteIpAddress);
            followed = await sessions.Follow(sessionId, caller, client, http.RequestAborted);
        }
        catch (Exception failure) when (ProblemResponses.IsPassing(failure))
        {
            return new EmptyEventStream();
        }

        if (!followed.TryGet(out var follower, out var refusal)) return new ProblemResult(refusal);
        http.Response.RegisterForDispose(follower);
        return LastEventId.TryRead(http.Request, out var seen)
            ? new SessionEventStream(follower, seen)
            : new ProblemResult(LastEventId.Unreadable);
    }

    /// <summary>Cancel a session</summary>
    /// <remarks>Ends a session that is CREATED or PENDING; it becomes EXPIRED.</remarks>
    internal static async Task<IResult> Cancel(
        string sessionId, HttpContext http, GrainCalls calls, SessionSecrets secrets)
    {
        if (Credential.ForSession(http, sessionId, secrets) is not { } caller)
            return new ProblemResult(Refusals.Unauthorized);
        if (!Identifiers.IsSession(sessionId)) return new ProblemResult(Refusal.NotFound("session"));

        var cancelled = await calls.RetryWhileRejected(
            grains => grains.DepositSession(sessionId).Cancel(caller), http.RequestAborted);
        return cancelled.TryGet(out _, out var refusal)
            ? new JsonAnswer<SessionCancelled>(SessionCancelled.Instance, ApiJson.Types.SessionCancelled)
            : new ProblemResult(refusal);
    }

    /// <summary>Report a payment</summary>
    /// <remarks>
    /// Reports what a chain shows of one transfer to a session. It is for your own payment processor, with a token that
    /// has the scope payments:report. Report a transfer when it is first seen, at each block, and when a reorganisation
    /// has removed it. Reports may be repeated or arrive out of order; a settled payment stays settled.
    /// </remarks>
    internal static async Task<IResult> ReportPayment(string sessionId, HttpContext http, GrainCalls calls)
    {
        if (Credential.ForReport(http) is not { } caller) return new ProblemResult(Refusals.Unauthorized);
        if (!Identifiers.IsSession(sessionId)) return new ProblemResult(Refusal.NotFound("session"));

        var command = await PaymentRequest.Read(http.Request, caller);
        var reported = await calls.RetryWhileRejected(
            grains => grains.DepositSession(sessionId).ReportPayment(command), http.RequestAborted);
        return reported.TryGet(out var session, out var refusal)
            ? new JsonAnswer<SessionDetails>(SessionDetails.From(session), ApiJson.Types.SessionDetails)
            : new ProblemResult(refusal);
    }
}
