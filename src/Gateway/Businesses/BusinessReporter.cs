using Bleepay.Gateway.Credentials;
using Bleepay.Grains;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Bleepay.Gateway.Businesses;

/// <summary>
/// The caller of a route under <c>/businesses/{businessId}</c> for reporters of payments, whose token may name no
/// business. The grain decides whether the caller reports for this one.
/// </summary>
/// <param name="BusinessId">The id from the path.</param>
/// <param name="Caller">A reporter, or a member whose token lacks the scope.</param>
internal sealed record BusinessReporter(string BusinessId, Caller Caller)
{
    /// <summary>Binds the parameter of a handler: null for a request without a valid token. ASP.NET Core finds this
    /// method by its name.</summary>
    public static ValueTask<BusinessReporter?> BindAsync(HttpContext http) => ValueTask.FromResult(
        Credential.ForReport(http) is { } caller
            ? new BusinessReporter((string)http.GetRouteValue(BusinessMember.RouteParameter)!, caller)
            : null);
}
