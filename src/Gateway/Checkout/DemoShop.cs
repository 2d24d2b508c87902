using System.Text;
using System.Text.Json.Nodes;
using Bleepay.Gateway.Credentials;
using Bleepay.Gateway.Http;
using Bleepay.Grains;
using Bleepay.Grains.Keys;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Bleepay.Gateway.Checkout;

/// <summary>
/// A shop to try the checkout in, on a developer's own machine. It embeds the demo widget as any shop would, under a
/// policy as strict as a shop's can be.
/// </summary>
internal sealed class DemoShop(GrainCalls calls, Sandbox sandbox, KeyRing keys)
{
    private const string ContentType = "text/html; charset=utf-8";

    private static readonly string Template = Encoding.UTF8.GetString(EmbeddedAsset.Read("shop.html"));

    private static readonly string Policy =
        $"default-src 'none'; script-src 'self' {InlineHashes.OfModules(Template)}; " +
        $"style-src {InlineHashes.OfStyles(Template)}; connect-src 'self'; frame-src 'self'; img-src data:; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
        "require-trusted-types-for 'script'; trusted-types 'none'";

    private readonly string secret = DemoSecret.Of(keys);

    /// <summary>Maps <c>/demo</c>, and <c>/</c> that leads to it; outside of Development nothing.</summary>
    public static void Map(IEndpointRouteBuilder app)
    {
        if (!app.ServiceProvider.GetRequiredService<IHostEnvironment>().IsDevelopment()) return;
        app.MapGet("/demo", (HttpContext http, DemoShop shop) => shop.Send(http)).ExcludeFromDescription();
        app.MapGet("/", (HttpContext http, DemoShop shop) => shop.LeadTo(http)).ExcludeFromDescription();
    }

    private async Task<IResult> Send(HttpContext http)
    {
        if (!await IsOpen(http)) return new ProblemResult(Refusal.NotFound("route"));
        http.Response.Headers.ContentSecurityPolicy = Policy;
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        var demo = new JsonObject { ["widget"] = Sandbox.WidgetId, ["secret"] = secret };
        return Results.Text(
            Template.Replace("{demo}", demo.ToJsonString(), StringComparison.Ordinal), ContentType, Encoding.UTF8);
    }

    private async Task<IResult> LeadTo(HttpContext http) => await IsOpen(http)
        ? Results.Redirect($"{http.Request.PathBase}/demo")
        : new ProblemResult(Refusal.NotFound("route"));

    /// <summary>A database that had another widget first has no demo widget.</summary>
    private async Task<bool> IsOpen(HttpContext http)
    {
        if (!sandbox.IsOpen) return false;
        var holder = new WidgetSecretHolder(WidgetSecrets.Hash(secret));
        var read = await calls.RetryWhileRejected(
            grains => grains.WidgetPolicy(Sandbox.WidgetId).ReadForPage(holder, origin: null), http.RequestAborted);
        return read.TryGet(out _, out _);
    }
}
