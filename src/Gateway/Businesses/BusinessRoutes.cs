using Bleepay.Gateway.Http;
using Bleepay.Gateway.OpenApi;
using Bleepay.Grains;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Bleepay.Gateway.Businesses;

/// <summary>What a route's path identifies; its 404 answer names the resource.</summary>
/// <param name="Name">As the answer names it, such as <c>webhook endpoint</c>.</param>
internal sealed record ResourceMetadata(string Name);

/// <summary>
/// The group of all routes under <c>/businesses/{businessId}</c>. It checks authentication and membership once, before
/// any handler runs; a handler takes the result as a <see cref="BusinessMember"/>.
/// </summary>
internal static class BusinessRoutes
{
    public const string Business = "business";

    public static void AddMembership(this IServiceCollection services) =>
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, MembershipResultHandler>();

    public static RouteGroupBuilder MapBusinesses(this IEndpointRouteBuilder api) => api
        .MapGroup($"/businesses/{{{BusinessMember.RouteParameter}}}")
        .RequireAuthorization(MembershipRequirement.Policy)
        .WithMetadata(new ResourceMetadata(Business))
        .TakesPathParameter(BusinessMember.RouteParameter)
        .Needs(ApiCredential.Token)
        .MayRefuse(RefusalCode.Unauthorized, RefusalCode.NotFound);

    /// <summary>
    /// The routes of one resource of a business. A malformed id gets the same answer as an unknown one, before the
    /// handler runs.
    /// </summary>
    /// <param name="parameter">The parameter of the path that holds the id.</param>
    /// <param name="name">The resource's name in the 404 answer.</param>
    /// <param name="isId">Checks the form of the id.</param>
    public static RouteGroupBuilder MapResource(
        this RouteGroupBuilder group, string parameter, string name, Func<string?, bool> isId) => group
        .MapGroup($"/{{{parameter}}}")
        .WithMetadata(new ResourceMetadata(name))
        .AddEndpointFilter((context, next) => isId(context.HttpContext.GetRouteValue(parameter) as string)
            ? next(context)
            : ValueTask.FromResult<object?>(new ProblemResult(Refusal.NotFound(name))));
}
