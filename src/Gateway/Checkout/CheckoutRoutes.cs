using Bleepay.Gateway.Widgets;
using Bleepay.Grains;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Bleepay.Gateway.Checkout;

/// <summary>What a customer's browser loads: the checkout page, of a session or as a form.</summary>
internal static class CheckoutRoutes
{
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
    }

    /// <summary>
    /// The session is not read here, since its secret is in the part of the URL that no browser sends. An unknown
    /// widget is usually answered from a cache, so that made-up links cost nothing.
    /// </summary>
    private static async Task SendPage(
        CheckoutPage page, string widgetId, HttpContext http, GrainCalls calls, WidgetDomains domains)
    {
        var allowed = await domains.Get(widgetId, http.RequestAborted);
        var merchant = allowed is null ? null : await calls.RetryWhileRejected(
            grains => grains.Widget(widgetId).ReadMerchant(), http.RequestAborted);
        await page.Send(http, allowed?.Domains, merchant?.IconUrl);
    }
}
