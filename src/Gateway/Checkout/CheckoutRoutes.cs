using Bleepay.Gateway.Widgets;
using Bleepay.Grains;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Bleepay.Gateway.Checkout;

/// <summary>
/// What a customer's browser loads: the checkout page, of a session or as a form, and the script by which a shop's page
/// embeds it.
/// </summary>
internal static class CheckoutRoutes
{
    private const string Script = "widget.js";
    private const string ScriptType = "text/javascript; charset=utf-8";

    /// <summary>A shop's pages follow an upgrade within five minutes, and never wait for the script.</summary>
    private const string CurrentScript = "public, max-age=300, stale-while-revalidate=86400";

    /// <summary>A file named by its hash never changes.</summary>
    private const string PinnedScript = "public, max-age=31536000, immutable";

    private static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    public static void MapCheckoutPages(this IEndpointRouteBuilder app)
    {
        var page = new CheckoutPage();
        foreach (var path in (string[])["/pay/{widgetId}", "/pay/{widgetId}/{sessionId}"])
        {
            app.MapMethods(
                path,
                Reading,
                (string widgetId, HttpContext http, GrainCalls calls, WidgetDomains domains) =>
                    SendPage(page, widgetId, http, calls, domains)).ExcludeFromDescription();
        }

        var script = new EmbeddedAsset(EmbeddedAsset.Read(Script), ScriptType);
        MapScript(app, $"/v1/{Script}", script, CurrentScript);
        MapScript(app, $"/v1/widget-{script.Hash}.js", script, PinnedScript);
        DemoShop.Map(app);
    }

    /// <summary>Every page may run the script and check its hash, also one isolated from other origins.</summary>
    private static void MapScript(
        IEndpointRouteBuilder app, string path, EmbeddedAsset script, string cacheControl) =>
        app.MapMethods(
            path,
            Reading,
            (HttpContext http) =>
            {
                http.Response.Headers.AccessControlAllowOrigin = "*";
                http.Response.Headers["Cross-Origin-Resource-Policy"] = "cross-origin";
                return script.Send(http, cacheControl);
            }).ExcludeFromDescription();

    /// <summary>
    /// The session is not read here, since its secret is in the part of the URL that no browser sends. An unknown
    /// widget is usually answered from a cache, so that made-up links cost nothing.
    /// </summary>
    private static async Task SendPage(
        CheckoutPage page, string widgetId, HttpContext http, GrainCalls calls, WidgetDomains domains)
    {
        var allowed = await domains.Get(widgetId, http.RequestAborted);
        var merchant = allowed is null ? null : await calls.RetryWhileRejected(
            grains => grains.WidgetPolicy(widgetId).ReadMerchant(), http.RequestAborted);
        await page.Send(http, allowed?.Domains, merchant?.IconUrl);
    }
}
