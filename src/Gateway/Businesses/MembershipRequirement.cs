using Bleepay.Gateway.Http;
using Bleepay.Grains;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http;

namespace Bleepay.Gateway.Businesses;

/// <summary>Requires a token that names the business in the path.</summary>
internal sealed class MembershipRequirement : AuthorizationHandler<MembershipRequirement>, IAuthorizationRequirement
{
    /// <summary>Without a valid token the answer is 401; with one of another business, 404.</summary>
    public static readonly AuthorizationPolicy Policy = new AuthorizationPolicyBuilder()
        .RequireAuthenticatedUser()
        .AddRequirements(new MembershipRequirement())
        .Build();

    protected override Task HandleRequirementAsync(
        AuthorizationHandlerContext context, MembershipRequirement requirement)
    {
        if (context.Resource is HttpContext http && BusinessMember.Of(http) is { } member)
        {
            http.Features.Set(member);
            context.Succeed(requirement);
        }

        return Task.CompletedTask;
    }
}

/// <summary>
/// Answers a caller that is not a member with 404 instead of 403, so that it cannot learn which businesses exist. Other
/// results keep ASP.NET Core's own answer.
/// </summary>
internal sealed class MembershipResultHandler : IAuthorizationMiddlewareResultHandler
{
    private readonly AuthorizationMiddlewareResultHandler others = new();

    public Task HandleAsync(
        RequestDelegate next,
        HttpContext context,
        AuthorizationPolicy policy,
        PolicyAuthorizationResult authorizeResult)
    {
        var isForeign = authorizeResult is { Forbidden: true, AuthorizationFailure: { } failure }
            && failure.FailedRequirements.OfType<MembershipRequirement>().Any();
        return isForeign
            ? new ProblemResult(Refusal.NotFound(NameOf(context.GetEndpoint()))).ExecuteAsync(context)
            : others.HandleAsync(next, context, policy, authorizeResult);
    }

    /// <summary>The same name as in the answer to a member that sends an unknown id.</summary>
    private static string NameOf(Endpoint? endpoint) =>
        endpoint?.Metadata.GetMetadata<ResourceMetadata>()?.Name ?? BusinessRoutes.Business;
}
