using Bleepay.Gateway.Credentials;
using Bleepay.Gateway.Description;
using Bleepay.Gateway.Http;
using Bleepay.Gateway.Limits;
using Bleepay.Gateway.Sessions.Live;
using Bleepay.Gateway.Widgets;
using Bleepay.Grains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Widgets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Bleepay.Gateway.Sessions;

/// <summary>
/// Sessions over HTTP: opened by a widget, read and cancelled by their own secret or a token, and told of payments
/// by whoever watches the chain.
/// </summary>
internal static class SessionEndpoints
{
    public static void MapSessions(this IEndpointRouteBuilder api)
    {
        var sessions = api.MapGroup("/widgets").WithTags("Sessions");

        sessions.MapPost("/{widgetId}/create-session", Create)
            .RequireCors(BrowserAccess.WidgetPages)
            .WithName("createSession")
            .Reads<CreateSessionRequest>()
            .Answers<SessionCreated>()
            .Needs(ApiCredential.Token, ApiCredential.WidgetSecret)
            .MayRefuse(
                RefusalCode.ValidationFailed, RefusalCode.Unauthorized, RefusalCode.DomainNotAllowed,
                RefusalCode.NotFound, RefusalCode.IdempotencyConflict, RefusalCode.TooLarge,
                RefusalCode.UnsupportedMediaType);

        var own = sessions.MapGroup("/deposit-sessions/{sessionId}").RequireCors(BrowserAccess.AnyPage);

        own.MapGet("/events", Follow)
            .WithName("followSession")
            .Produces<SessionResource>(StatusCodes.Status200OK, SessionEventStream.ContentType)
            .Produces(StatusCodes.Status204NoContent)
            .TakesHeader(LastEventId.Header, "Continues after the event of this id.")
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
                RefusalCode.ValidationFailed, RefusalCode.TooManyPayments, RefusalCode.Unauthorized,
                RefusalCode.Forbidden, RefusalCode.NotFound, RefusalCode.PaymentConflict, RefusalCode.TooLarge,
                RefusalCode.UnsupportedMediaType);
    }

    /// <summary>Open a deposit session</summary>
    /// <remarks>
    /// The session lives for 30 minutes. With an Idempotency-Key the same request may be sent again, any
    /// number of times: it opens one session and answers the same, clientSecret included. Before you fulfil
    /// an order, compare amount, currencyAddress and depositAddress with it: a widget secret used in a page
    /// is public.
    /// </remarks>
    internal static async Task<IResult> Create(
        string widgetId,
        HttpContext http,
        IGrainFactory grains,
        SessionSecrets secrets,
        WidgetDomains domains,
        TimeProvider clock)
    {
        if (Credential.ForWidget(http) is not { } caller) return new ProblemResult(Refusals.Unauthorized);
        if (domains.IsUnknown(widgetId)) return new ProblemResult(Refusal.NotFound("widget"));

        var request = await SessionRequest.Read(http.Request, widgetId, clock.GetUtcNow());
        var command = new CreateSession(
            caller, request.SessionId, BrowserOrigin.HostOf(http.Request), request.Draft, request.Unreadable,
            request.Fingerprint, secrets.CurrentKeyId);
        var opened = await GrainCalls.Insist(() => grains.Widget(widgetId).CreateSession(command));

        if (opened.TryGet(out var session, out var refusal))
            return new JsonAnswer<SessionCreated>(
                SessionCreated.From(session, secrets.Of(session.Id, session.SecretKeyId)),
                ApiJson.Types.SessionCreated);
        domains.Learn(widgetId, caller, refusal);
        return new ProblemResult(refusal);
    }

    /// <summary>Read a session</summary>
    /// <remarks>
    /// The session as it is now. The session's secret shows what its customer may see; a token adds the
    /// merchant's own fields, the payments and the timeline.
    /// </remarks>
    internal static async Task<IResult> Read(
        string sessionId, HttpContext http, IGrainFactory grains, SessionSecrets secrets)
    {
        if (Credential.ForSession(http, sessionId, secrets) is not { } caller)
            return new ProblemResult(Refusals.Unauthorized);
        if (!Identifiers.IsSession(sessionId)) return new ProblemResult(Refusal.NotFound("session"));

        var read = await GrainCalls.Insist(() => grains.DepositSession(sessionId).Read(caller));
        if (!read.TryGet(out var session, out var refusal)) return new ProblemResult(refusal);
        return caller is Member
            ? new JsonAnswer<SessionDetails>(SessionDetails.From(session), ApiJson.Types.SessionDetails)
            : new JsonAnswer<SessionResource>(SessionResource.From(session), ApiJson.Types.SessionResource);
    }

    /// <summary>Follow a session</summary>
    /// <remarks>
    /// Server-Sent Events: one event named session at once and at every change, its data the whole resource, its id
    /// the number of the change. Last-Event-ID continues after that change, on any node, without a gap. The stream
    /// ends after a final status; asked once more for what comes after it, the answer is 204. A comment comes every
    /// 15 seconds without a change.
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
        string sessionId, HttpContext http, IGrainFactory grains, SessionSecrets secrets)
    {
        if (Credential.ForSession(http, sessionId, secrets) is not { } caller)
            return new ProblemResult(Refusals.Unauthorized);
        if (!Identifiers.IsSession(sessionId)) return new ProblemResult(Refusal.NotFound("session"));

        var cancelled = await GrainCalls.Insist(() => grains.DepositSession(sessionId).Cancel(caller));
        return cancelled.TryGet(out _, out var refusal)
            ? new JsonAnswer<SessionCancelled>(SessionCancelled.Instance, ApiJson.Types.SessionCancelled)
            : new ProblemResult(refusal);
    }

    /// <summary>Report a payment</summary>
    /// <remarks>
    /// Tells a session what its chain shows of one transfer to it; for a payment processor of your own, with a token
    /// that has the scope payments:report. Report it when it is first seen, at each block, and when a
    /// reorganisation has removed it. Reports may be repeated and may overtake each other: what is settled stays so.
    /// </remarks>
    internal static async Task<IResult> ReportPayment(string sessionId, HttpContext http, IGrainFactory grains)
    {
        if (Credential.ForReport(http) is not { } caller) return new ProblemResult(Refusals.Unauthorized);
        if (!Identifiers.IsSession(sessionId)) return new ProblemResult(Refusal.NotFound("session"));

        var command = await PaymentRequest.Read(http.Request, caller);
        var reported = await GrainCalls.Insist(
            () => grains.DepositSession(sessionId).ReportPayment(command));
        return reported.TryGet(out var session, out var refusal)
            ? new JsonAnswer<SessionDetails>(SessionDetails.From(session), ApiJson.Types.SessionDetails)
            : new ProblemResult(refusal);
    }
}
