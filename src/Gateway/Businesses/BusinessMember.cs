using Bleepay.Gateway.Credentials;
using Bleepay.Grains;
using Bleepay.Grains.Fields;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Bleepay.Gateway.Businesses;

/// <summary>
/// The caller of a route under <c>/businesses/{businessId}</c>, with the business that its token names. A handler takes
/// this instead of the id, so it cannot act on a business whose membership was not checked.
/// </summary>
/// <param name="BusinessId">The id from the path.</param>
/// <param name="Caller">For the grains, which check the membership again.</param>
internal sealed record BusinessMember(string BusinessId, Member Caller)
{
    /// <summary>The parameter of the path that holds the business's id.</summary>
    public const string RouteParameter = "businessId";

    /// <summary>Binds the parameter of a handler; ASP.NET Core finds this method by its name.</summary>
    /// <exception cref="InvalidOperationException">The route is outside the group that
    /// <see cref="BusinessRoutes.MapBusinesses"/> returns, so nothing has checked the membership.</exception>
    public static ValueTask<BusinessMember> BindAsync(HttpContext http) =>
        ValueTask.FromResult(http.Features.Get<BusinessMember>() ?? throw new InvalidOperationException(
            $"{http.Request.Path} takes a {nameof(BusinessMember)}, but is not mapped under MapBusinesses."));

    /// <summary>The caller as a member of the business in the path, or null.</summary>
    public static BusinessMember? Of(HttpContext http) =>
        http.GetRouteValue(RouteParameter) is string businessId
        && Identifiers.IsBusiness(businessId)
        && Credential.Member(http) is { } caller
        && caller.IsMemberOf(businessId)
            ? new BusinessMember(businessId, caller)
            : null;
}
