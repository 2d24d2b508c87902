using Bleepay.Gateway.Credentials;
using Bleepay.Gateway.Description;
using Bleepay.Gateway.Http;
using Bleepay.Grains;
using Bleepay.Grains.Fields;
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
            .Answers<IReadOnlyList<SessionDetails>>()
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
    /// The sessions of a business, newest first. A Link header leads to the next page; read so, a list shows each
    /// session that was there at its start exactly once, whatever is created meanwhile, and its last page costs what
    /// its first does. Filters are combined.
    /// </remarks>
    internal static async Task<IResult> List(string businessId, HttpContext http, IGrainFactory grains)
    {
        if (Credential.Member(http)?.IsMemberOf(businessId) != true || !Identifiers.IsBusiness(businessId))
            return new ProblemResult(Refusal.NotFound("business"));

        var errors = new List<FieldError>();
        var query = SessionListRequest.Read(businessId, http.Request.Query, errors);
        if (errors.Count > 0) return new ProblemResult(Refusal.Validation(errors));

        var page = await grains.GetGrain<ISessionListGrain>(0).Find(query);
        if (page.Next is { } next) http.Response.Headers.Link = SessionListRequest.LinkTo(next, http.Request);
        return new JsonAnswer<IReadOnlyList<SessionDetails>>(
            [.. page.Sessions.Select(SessionDetails.From)], ApiJson.Types.IReadOnlyListSessionDetails);
    }
}
