using Bleepay.Gateway.Credentials;
using Bleepay.Gateway.Http;
using Bleepay.Gateway.Http.Json;
using Bleepay.Gateway.OpenApi;
using Bleepay.Grains;
using Bleepay.Grains.Chains;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Bleepay.Gateway.Widgets;

/// <summary>The public configuration of a widget, for pages that hold the widget's secret.</summary>
internal static class WidgetConfigEndpoint
{
    public static void MapWidgetConfig(this IEndpointRouteBuilder api) =>
        api.MapGet("/widgets/{widgetId}/config", Read)
            .RequireCors(CorsPolicyProvider.AnyOrigin)
            .WithTags("Widgets")
            .WithName("getWidgetConfig")
            .Answers<WidgetConfigAnswer>()
            .Needs(ApiCredential.Token, ApiCredential.WidgetSecret)
            .MayRefuse(RefusalCode.Unauthorized, RefusalCode.NotFound);

    /// <summary>Read what a page needs of a widget</summary>
    /// <remarks>
    /// The widget's public configuration, or null with a reason that the page can show: the widget is disabled, or does
    /// not allow the page's domain.
    /// </remarks>
    internal static async Task<IResult> Read(
        string widgetId, HttpContext http, GrainCalls calls, WidgetDomains domains)
    {
        if (Credential.ForWidget(http) is not { } caller) return new ProblemResult(Refusals.Unauthorized);
        if (domains.IsUnknown(widgetId)) return new ProblemResult(Refusal.NotFound("widget"));

        var origin = BrowserOrigin.HostOf(http.Request);
        var read = await calls.RetryWhileRejected(
            grains => grains.WidgetPolicy(widgetId).ReadForPage(caller, origin), http.RequestAborted);
        if (read.TryGet(out var page, out var refusal))
        {
            var catalogue = await calls.RetryWhileRejected(
                grains => grains.GetGrain<IChainCatalogueGrain>(0).Read(), http.RequestAborted);
            return new JsonAnswer<WidgetConfigAnswer>(
                WidgetConfigAnswer.From(page, catalogue), ApiJson.Types.WidgetConfigAnswer);
        }

        domains.CacheIfUnknown(widgetId, caller, refusal);
        return new ProblemResult(refusal);
    }
}
