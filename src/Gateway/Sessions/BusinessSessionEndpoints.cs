using Bleepay.Gateway.Businesses;
using Bleepay.Gateway.Http;
using Bleepay.Gateway.Http.Json;
using Bleepay.Gateway.OpenApi;
using Bleepay.Grains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Sessions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Bleepay.Gateway.Sessions;

/// <summary>A business's sessions for its members: listed, and their customers' data erased.</summary>
internal static class BusinessSessionEndpoints
{
    public static void MapBusinessSessions(this RouteGroupBuilder business)
    {
        business.MapGet("/deposit-sessions", List)
            .WithTags("Sessions")
            .WithName("listSessions")
            .Answers<IReadOnlyList<ListedSession>>()
            .TakesPage()
            .TakesCursor()
            .TakesQuery("widgetId", "Only the sessions of this widget.")
            .TakesQuery(
                "paymentStatus", "The status at the time of the request: an open session past expiresAt is EXPIRED.",
                ApiWords.Of<PaymentStatus>())
            .TakesQuery("network", "Only the sessions on this network.")
            .TakesQuery("currency", "Only the sessions in this currency.")
            .TakesQuery("customerReference", "Only the sessions with this reference.")
            .TakesQuery("customerEmail", "Only the sessions of this customer.")
            .TakesQuery(
                "depositAddress", "Only the sessions with this address. Hexadecimal addresses compare without case.")
            .TakesQuery(
                "txId", "Only the sessions with a payment of this transaction. Hexadecimal ids compare without case.");

        business.MapGroup("/deposit-sessions")
            .MapResource("sessionId", "session", Identifiers.IsSession)
            .MapPost("/erase-customer", EraseCustomer)
            .WithTags("Sessions")
            .WithName("eraseCustomer")
            .Answers<SessionDetails>()
            .MayRefuse(RefusalCode.CannotErase);
    }

    /// <summary>List sessions</summary>
    /// <remarks>
    /// The sessions of a business, newest first, without transactions and timeline; read a single session for those.
    /// The Link header leads to the next page. Pages that are read by it show each session that existed at the start
    /// exactly once, even while new sessions are created, and the last page is as fast as the first. A page ends before
    /// its limit if it reaches one megabyte; the Link header then continues after its last session. A session must
    /// match all filters.
    /// </remarks>
    internal static async Task<IResult> List(BusinessMember member, HttpContext http, GrainCalls calls)
    {
        var errors = new List<FieldError>();
        var query = SessionListRequest.Read(http.Request.Query, errors);
        if (errors.Count > 0) return new ProblemResult(Refusal.Validation(errors));

        var found = await calls.RetryWhileRejected(
            grains => grains.GetGrain<ISessionListGrain>(member.BusinessId)
                .Find(member.Caller, query, http.RequestAborted),
            http.RequestAborted);
        if (!found.TryGet(out var page, out var refusal)) return new ProblemResult(refusal);

        var answer = new JsonListAnswer<SessionSummary, ListedSession>(
            page.Sessions, ListedSession.From, ApiJson.Types.ListedSession);
        var count = answer.CountWithin(ListBounds.PageBytesMax);
        var next = count < page.Sessions.Length ? SessionCursor.Of(page.Sessions[count - 1]) : page.Next;
        if (next is not null) http.Response.Headers.Link = SessionListRequest.LinkTo(next, http.Request);
        return answer.First(count);
    }

    /// <summary>Erase a customer's data</summary>
    /// <remarks>
    /// Erases customerEmail, customerReference and metadata from a session that is CONFIRMED, OVERPAID or EXPIRED, and
    /// from the webhook bodies that are stored for it. This cannot be undone. Amounts, addresses and transactions stay,
    /// because a public chain shows them. Webhooks that still wait are sent with nulls. The session's Idempotency-Key
    /// then returns this session whatever the body. The request may be repeated.
    /// </remarks>
    internal static async Task<IResult> EraseCustomer(
        BusinessMember member, string sessionId, HttpContext http, GrainCalls calls)
    {
        var caller = new Member([member.BusinessId]);
        var erased = await calls.RetryWhileRejected(
            grains => grains.DepositSession(sessionId).EraseCustomer(caller), http.RequestAborted);
        return erased.TryGet(out var session, out var refusal)
            ? new JsonAnswer<SessionDetails>(SessionDetails.From(session), ApiJson.Types.SessionDetails)
            : new ProblemResult(refusal);
    }
}
