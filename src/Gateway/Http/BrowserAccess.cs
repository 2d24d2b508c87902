using Bleepay.Gateway.Widgets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;

namespace Bleepay.Gateway.Http;

/// <summary>
/// Which pages a browser lets use a route (the Fetch standard's CORS protocol). Asked for ahead of any credential,
/// because a preflight carries none. It is what browsers keep to; the widget itself refuses other domains as well.
/// </summary>
internal sealed class BrowserAccess(WidgetDomains domains) : ICorsPolicyProvider
{
    /// <summary>For routes whose secret alone decides who reads: no cookie opens any.</summary>
    public const string AnyPage = "any-page";

    /// <summary>For a widget's own pages, by its <c>allowedDomains</c>.</summary>
    public const string WidgetPages = "widget-pages";

    /// <summary>Which methods and headers are allowed changes with a release only.</summary>
    private static readonly TimeSpan PreflightAgeMax = TimeSpan.FromMinutes(10);

    private static readonly CorsPolicy Any = Policy().AllowAnyOrigin().Build();

    /// <summary>
    /// None for routes that are for no page. An unknown widget is like one of any page: its page may read that it is
    /// not found.
    /// </summary>
    public async Task<CorsPolicy?> GetPolicyAsync(HttpContext context, string? policyName)
    {
        if (policyName != WidgetPages) return policyName == AnyPage ? Any : null;
        var allowed = await domains.Of(context.Request.RouteValues["widgetId"] as string ?? "");
        return allowed is null or { AllowsAll: true }
            ? Any
            : Policy().SetIsOriginAllowed(origin => allowed.Allows(BrowserOrigin.HostOf(origin))).Build();
    }

    /// <summary>
    /// What has to be said to any client, since caches keep answers for others too: that any page may read it, or that
    /// it depends on the page. Said when the answer starts, because an error on its way out takes all headers off.
    /// </summary>
    public static Task SayToAll(HttpContext http, RequestDelegate next)
    {
        if (PolicyOf(http) is { } policy)
            http.Response.OnStarting(() =>
            {
                if (policy == AnyPage) http.Response.Headers.AccessControlAllowOrigin = CorsConstants.AnyOrigin;
                else if (!http.Response.Headers.Vary.Contains(HeaderNames.Origin))
                    http.Response.Headers.Append(HeaderNames.Vary, HeaderNames.Origin);
                return Task.CompletedTask;
            });
        return next(http);
    }

    /// <summary>Lets any page read an answer that was given before the widget was asked.</summary>
    public static void LetAnyPageRead(HttpContext http)
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
        .WithExposedHeaders("Link", "Retry-After", "RateLimit", "RateLimit-Policy", "WWW-Authenticate")
        .SetPreflightMaxAge(PreflightAgeMax);
}

internal static class BrowserAccessExtensions
{
    public static void AddBrowserAccess(this IServiceCollection services)
    {
        services.AddCors();
        services.AddSingleton<WidgetDomains>();
        services.AddSingleton<ICorsPolicyProvider, BrowserAccess>();
    }

    public static void UseBrowserAccess(this WebApplication app)
    {
        app.Use(BrowserAccess.SayToAll);
        app.UseCors();
    }
}
