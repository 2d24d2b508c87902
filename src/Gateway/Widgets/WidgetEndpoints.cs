using Bleepay.Gateway.Credentials;
using Bleepay.Gateway.Description;
using Bleepay.Gateway.Http;
using Bleepay.Grains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Widgets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Bleepay.Gateway.Widgets;

/// <summary>Widgets over HTTP: managed with a token, read by pages with the widget's secret.</summary>
internal static class WidgetEndpoints
{
    public static void MapWidgets(this IEndpointRouteBuilder api)
    {
        var managed = api.MapGroup("/businesses/{businessId}/widgets").WithTags("Widgets").RequireAuthorization();

        managed.MapPost("/create-widget", Create)
            .WithName("createWidget")
            .Reads<CreateWidgetRequest>()
            .Answers<WidgetCreated>()
            .Needs(ApiCredential.Token)
            .MayRefuse(
                RefusalCode.ValidationFailed, RefusalCode.Unauthorized, RefusalCode.NotFound,
                RefusalCode.TooLarge, RefusalCode.UnsupportedMediaType);

        managed.MapGet("/{widgetId}", Read)
            .WithName("getWidget")
            .Answers<WidgetResource>()
            .Needs(ApiCredential.Token)
            .MayRefuse(RefusalCode.Unauthorized, RefusalCode.NotFound);

        api.MapGet("/widgets/{widgetId}/config", ReadConfig)
            .WithTags("Widgets")
            .WithName("getWidgetConfig")
            .Answers<WidgetConfigAnswer>()
            .Needs(ApiCredential.Token, ApiCredential.WidgetSecret)
            .MayRefuse(RefusalCode.Unauthorized, RefusalCode.NotFound);
    }

    /// <summary>Create a widget</summary>
    /// <remarks>
    /// Makes a widget and its client secret, which is shown this once. A secret used in a page is public:
    /// fill allowedDomains, allowedDepositAddresses and allowedCurrencyAddresses, so that it opens nothing
    /// else.
    /// </remarks>
    internal static async Task<IResult> Create(string businessId, HttpContext http, IGrainFactory grains)
    {
        if (Credential.Member(http)?.IsMemberOf(businessId) != true || !Identifiers.IsBusiness(businessId))
            return new ProblemResult(Refusal.NotFound("business"));

        var (document, unreadable) = await JsonBody.Read(http.Request);
        if (document is null) return new ProblemResult(unreadable!);

        using (document)
        {
            var fields = new JsonFields(document.RootElement);
            var settings = WidgetRequest.Read(fields);
            var secret = WidgetSecrets.New();
            var created = await grains
                .GetGrain<IWidgetGrain>(Identifiers.New(Identifiers.WidgetPrefix))
                .Create(new CreateWidget(businessId, settings, WidgetSecrets.Hash(secret), fields.Errors));
            return created.TryGet(out var widget, out var refusal)
                ? new JsonAnswer<WidgetCreated>(
                    new WidgetCreated(WidgetSummary.From(widget), secret), ApiJson.Types.WidgetCreated)
                : new ProblemResult(refusal);
        }
    }

    /// <summary>Read a widget</summary>
    /// <remarks>The whole configuration of a widget, without its secret.</remarks>
    internal static async Task<IResult> Read(
        string businessId, string widgetId, HttpContext http, IGrainFactory grains)
    {
        if (Credential.Member(http) is not { } caller) return new ProblemResult(Refusals.Unauthorized);
        if (!caller.IsMemberOf(businessId) || !Identifiers.IsWidget(widgetId))
            return new ProblemResult(Refusal.NotFound("widget"));

        var read = await grains.GetGrain<IWidgetGrain>(widgetId).Read(caller, businessId);
        return read.TryGet(out var widget, out var refusal)
            ? new JsonAnswer<WidgetResource>(WidgetResource.From(widget), ApiJson.Types.WidgetResource)
            : new ProblemResult(refusal);
    }

    /// <summary>Read what a page needs of a widget</summary>
    /// <remarks>
    /// The widget's public configuration; or null with a reason that the page can show, when the widget is
    /// disabled or does not allow the page's domain.
    /// </remarks>
    internal static async Task<IResult> ReadConfig(string widgetId, HttpContext http, IGrainFactory grains)
    {
        // Any page may read the answer, since it has to be able to read why it is refused.
        // Set when the answer starts, because an error on its way out takes all headers off.
        http.Response.OnStarting(() =>
        {
            http.Response.Headers.AccessControlAllowOrigin = "*";
            return Task.CompletedTask;
        });
        if (Credential.ForWidget(http) is not { } caller) return new ProblemResult(Refusals.Unauthorized);
        if (!Identifiers.IsWidget(widgetId)) return new ProblemResult(Refusal.NotFound("widget"));

        var read = await grains.GetGrain<IWidgetGrain>(widgetId)
            .ReadForPage(caller, BrowserOrigin.HostOf(http.Request));
        return read.TryGet(out var page, out var refusal)
            ? new JsonAnswer<WidgetConfigAnswer>(WidgetConfigAnswer.From(page), ApiJson.Types.WidgetConfigAnswer)
            : new ProblemResult(refusal);
    }
}
