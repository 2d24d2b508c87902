using Bleepay.Gateway.Widgets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;

namespace Bleepay.Gateway.Http;

/// <summary>
/// Which origins may use a route from a browser (the Fetch standard's CORS protocol). The policy cannot depend on a
/// credential, because a preflight carries none. It binds browsers only; the widget itself also refuses other domains.
/// </summary>
internal sealed class CorsPolicyProvider(WidgetDomains domains) : ICorsPolicyProvider
{
    /// <summary>Any page may read the answer: the secret in the request decides, and no cookie is used.</summary>
    public const string AnyOrigin = "any-origin";

    /// <summary>Only pages on the widget's <c>allowedDomains</c>.</summary>
    public const string AllowedDomains = "allowed-domains";

    /// <summary>Browsers cache a preflight this long. Allowed methods and headers change with a release only.</summary>
    private static readonly TimeSpan PreflightAgeMax = TimeSpan.FromMinutes(10);

    private static readonly CorsPolicy Any = Policy().AllowAnyOrigin().Build();

    /// <summary>
    /// The policy of a route, or null if no page may use it. An unknown widget allows any origin, so that its page can
    /// read the 404.
    /// </summary>
    public async Task<CorsPolicy?> GetPolicyAsync(HttpContext context, string? policyName)
    {
        if (policyName != AllowedDomains) return policyName == AnyOrigin ? Any : null;
        var widgetId = context.Request.RouteValues["widgetId"] as string ?? "";
        var allowed = await domains.Get(widgetId, context.RequestAborted);
        return allowed is null or { AllowsAll: true }
            ? Any
            : Policy().SetIsOriginAllowed(origin => allowed.Allows(BrowserOrigin.HostOf(origin))).Build();
    }

    /// <summary>
    /// Adds what every answer needs, also one to a request without an <c>Origin</c>, because a cache may reuse it for a
    /// page: that any origin may read it, or that it varies by origin. It is added when the answer starts, because an
    /// error clears all headers that were set before.
    /// </summary>
    public static Task AddCorsHeaders(HttpContext http, RequestDelegate next)
    {
        if (PolicyOf(http) is { } policy)
            http.Response.OnStarting(() =>
            {
                if (policy == AnyOrigin) http.Response.Headers.AccessControlAllowOrigin = CorsConstants.AnyOrigin;
                else if (!http.Response.Headers.Vary.Contains(HeaderNames.Origin))
                    http.Response.Headers.Append(HeaderNames.Vary, HeaderNames.Origin);
                return Task.CompletedTask;
            });
        return next(http);
    }

    /// <summary>Allows any origin to read an answer that is given before the widget's domains are known.</summary>
    public static void AllowAnyOrigin(HttpContext http)
    {
        if (PolicyOf(http) is null) return;
        http.Response.Headers.AccessControlAllowOrigin = CorsConstants.AnyOrigin;
        http.Response.Headers.AccessControlExposeHeaders = string.Join(',', Any.ExposedHeaders);
    }

    private static string? PolicyOf(HttpContext http) =>
        http.GetEndpoint()?.Metadata.GetMetadata<IEnableCorsAttribute>()?.PolicyName;

    private static CorsPolicyBuilder Policy() => new CorsPolicyBuilder()
        .WithMethods(HttpMethods.Get, HttpMethods.Post)
        .WithHeaders("authorization", "content-type", "idempotency-key", "last-event-id", "x-client-secret")
        .WithExposedHeaders("Date", "Link", "Retry-After", "RateLimit", "RateLimit-Policy", "WWW-Authenticate")
        .SetPreflightMaxAge(PreflightAgeMax);
}

internal static class CorsExtensions
{
    public static void AddCorsPolicies(this IServiceCollection services)
    {
        services.AddCors();
        services.AddSingleton<WidgetDomains>();
        services.AddSingleton<ICorsPolicyProvider, CorsPolicyProvider>();
    }

    public static void UseCorsPolicies(this WebApplication app)
    {
        app.Use(CorsPolicyProvider.AddCorsHeaders);
        app.UseCors();
    }
}
