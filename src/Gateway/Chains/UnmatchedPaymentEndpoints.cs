using Bleepay.Gateway.Businesses;
using Bleepay.Gateway.Http;
using Bleepay.Gateway.Http.Json;
using Bleepay.Gateway.OpenApi;
using Bleepay.Gateway.Sessions;
using Bleepay.Grains;
using Bleepay.Grains.Chains;
using Bleepay.Grains.Fields;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Bleepay.Gateway.Chains;

/// <summary>Payments that no session took: listed for members, assigned by reporters of payments.</summary>
internal static class UnmatchedPaymentEndpoints
{
    private const string Resource = "unmatched payment";
    private const string Tag = "Unmatched payments";

    public static void MapUnmatchedPayments(this RouteGroupBuilder business) =>
        business.MapGet("/unmatched-payments", List)
            .WithTags(Tag)
            .WithName("listUnmatchedPayments")
            .Answers<IReadOnlyList<UnmatchedPaymentResource>>()
            .TakesPage()
            .TakesCursor()
            .TakesQuery(
                UnmatchedListRequest.AssignedParameter,
                "true for the payments that were assigned to a session; false, the default, for those that were not.",
                UnmatchedListRequest.Truths);

    /// <summary>Outside of the group of members: a reporter's token may name no business.</summary>
    public static void MapAssignPayment(this IEndpointRouteBuilder api) =>
        api.MapPost(
                $"/businesses/{{{BusinessMember.RouteParameter}}}/unmatched-payments/{{paymentId}}/assign-payment",
                Assign)
            .WithTags(Tag)
            .WithName("assignPayment")
            .TakesPathParameter(BusinessMember.RouteParameter)
            .Reads<AssignPaymentRequest>()
            .Answers<SessionDetails>()
            .Needs(ApiCredential.ReporterToken)
            .MayRefuse(
                RefusalCode.Unauthorized, RefusalCode.NotFound, RefusalCode.Forbidden, RefusalCode.TooManyPayments,
                RefusalCode.PaymentConflict);

    /// <summary>List unmatched payments</summary>
    /// <remarks>
    /// Payments on watched networks to addresses of the business that no session took, the latest seen first. since and
    /// until compare with seenAt. A payment that a reorganisation has removed is not in the list.
    /// </remarks>
    internal static async Task<IResult> List(BusinessMember member, HttpContext http, GrainCalls calls)
    {
        var errors = new List<FieldError>();
        var query = UnmatchedListRequest.Read(http.Request.Query, errors);
        if (errors.Count > 0) return new ProblemResult(Refusal.Validation(errors));

        var found = await calls.RetryWhileRejected(
            grains => grains.GetGrain<IUnmatchedListGrain>(member.BusinessId)
                .Find(member.Caller, query, http.RequestAborted),
            http.RequestAborted);
        if (!found.TryGet(out var page, out var refusal)) return new ProblemResult(refusal);
        if (page.Next is { } next) http.Response.Headers.Link = UnmatchedListRequest.LinkTo(next, http.Request);
        return new JsonListAnswer<UnmatchedPayment, UnmatchedPaymentResource>(
            page.Payments, UnmatchedPaymentResource.Of, ApiJson.Types.UnmatchedPaymentResource);
    }

    /// <summary>Assign an unmatched payment</summary>
    /// <remarks>
    /// Records the payment in a session that has the same network, currencyAddress and depositAddress, and returns the
    /// session. A payment can be assigned to one session; the same request may be repeated. In a session that has ended
    /// the payment is late.
    /// </remarks>
    internal static async Task<IResult> Assign(
        BusinessReporter? reporter, string paymentId, HttpContext http, GrainCalls calls)
    {
        if (reporter is null) return new ProblemResult(Refusals.Unauthorized);
        if (!Identifiers.IsUnmatchedPayment(paymentId)) return new ProblemResult(Refusal.NotFound(Resource));

        var command = await Read(http.Request, reporter);
        var assigned = await calls.RetryWhileRejected(
            grains => grains.GetGrain<IUnmatchedPaymentGrain>(paymentId).Assign(command), http.RequestAborted);
        return assigned.TryGet(out var session, out var refusal)
            ? new JsonAnswer<SessionDetails>(SessionDetails.From(session), ApiJson.Types.SessionDetails)
            : new ProblemResult(refusal);
    }

    private static async ValueTask<AssignPayment> Read(HttpRequest request, BusinessReporter reporter)
    {
        var (document, unreadable) = await JsonBody.Read(request);
        if (document is null) return new(reporter.Caller, reporter.BusinessId, null, unreadable);

        using (document)
        {
            var fields = new JsonFields(document.RootElement);
            fields.Require("sessionId");
            var sessionId = fields.String("sessionId");
            if (sessionId is not null && !Identifiers.IsSession(sessionId))
                fields.Add("sessionId", "must be the id of a session");
            return fields.Errors.IsEmpty
                ? new(reporter.Caller, reporter.BusinessId, sessionId, null)
                : new(reporter.Caller, reporter.BusinessId, null, Refusal.Validation(fields.Errors));
        }
    }
}
