using Bleepay.Gateway.Credentials;
using Bleepay.Gateway.Description;
using Bleepay.Gateway.Http;
using Bleepay.Grains;
using Bleepay.Grains.Sessions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Bleepay.Gateway.Sessions;

/// <summary>A business's sessions over HTTP, for its members.</summary>
internal static class SessionListEndpoints
{
    public static void MapSessionLists(this IEndpointRouteBuilder api) =>
        api.MapGet("/businesses/{businessId}/deposit-sessions", List)
            .WithTags("Sessions")
            .RequireAuthorization()
            .WithName("listSessions")
            .Answers<IReadOnlyList<ListedSession>>()
            .TakesPage()
            .TakesPlace()
            .TakesQuery("widgetId", "Only the sessions of this widget.")
            .TakesQuery(
                "paymentStatus", "As each session is now: an open one past its end is EXPIRED.",
                SessionListRequest.Statuses)
            .TakesQuery("network", "Only the sessions of this network.")
            .TakesQuery("currency", "Only the sessions of this currency.")
            .TakesQuery("customerReference", "Only the sessions of this order of the merchant's.")
            .TakesQuery("customerEmail", "Only the sessions of this customer.")
            .TakesQuery("depositAddress", "Only the sessions to this address; hexadecimal ones compare without case.")
            .TakesQuery("txId", "Only the sessions that this transaction was reported of; as an address.")
            .Needs(ApiCredential.Token)
            .MayRefuse(RefusalCode.ValidationFailed, RefusalCode.Unauthorized, RefusalCode.NotFound);

    /// <summary>List sessions</summary>
    /// <remarks>
    /// The sessions of a business, newest first, each without its transactions and timeline: read the session itself
    /// for those. The Link header leads to the next page; a list that is read by it shows each session that was there
    /// at its start exactly once, whatever is created meanwhile, and its last page costs what its first does. A page
    /// ends before its limit where it has a megabyte; then too the Link header goes on behind it. Filters are combined.
    /// </remarks>
    internal static async Task<IResult> List(string businessId, HttpContext http, IGrainFactory grains)
    {
        if (!Credential.IsMember(http, businessId)) return new ProblemResult(Refusal.NotFound("business"));

        var errors = new List<FieldError>();
        var query = SessionListRequest.Read(http.Request.Query, errors);
        if (errors.Count > 0) return new ProblemResult(Refusal.Validation(errors));

        var found = await GrainCalls.Insist(() => grains.GetGrain<ISessionListGrain>(businessId)
            .Find(Credential.Member(http)!, query, http.RequestAborted));
        if (!found.TryGet(out var page, out var refusal)) return new ProblemResult(refusal);

        var answer = new JsonListAnswer<SessionSummary, ListedSession>(
            page.Sessions, ListedSession.From, ApiJson.Types.ListedSession);
        var count = answer.CountWithin(ListBounds.PageBytesMax);
        var next = count < page.Sessions.Length ? SessionPlace.Of(page.Sessions[count - 1]) : page.Next;
        if (next is not null) http.Response.Headers.Link = SessionListRequest.LinkTo(next, http.Request);
        return answer.First(count);
    }
}
