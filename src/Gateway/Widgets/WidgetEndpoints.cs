using Bleepay.Gateway.Credentials;
using Bleepay.Gateway.Description;
using Bleepay.Gateway.Http;
using Bleepay.Grains;
using Bleepay.Grains.Businesses;
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
            .MayRefuse(OfBody);

        managed.MapGet("", List)
            .WithName("listWidgets")
            .Answers<IReadOnlyList<WidgetResource>>()
            .Needs(ApiCredential.Token)
            .TakesPage()
            .MayRefuse(RefusalCode.ValidationFailed, RefusalCode.Unauthorized, RefusalCode.NotFound);

        managed.MapGet("/{widgetId}", Read)
            .WithName("getWidget")
            .Answers<WidgetResource>()
            .Needs(ApiCredential.Token)
            .MayRefuse(RefusalCode.Unauthorized, RefusalCode.NotFound);

        managed.MapPost("/{widgetId}/update-widget", Update)
            .WithName("updateWidget")
            .Reads<UpdateWidgetRequest>()
            .AnswersNothing()
            .Needs(ApiCredential.Token)
            .MayRefuse(OfBody);

        managed.MapPost("/{widgetId}/rotate-widget-secret", RotateSecret)
            .WithName("rotateWidgetSecret")
            .Reads<RotateSecretRequest>()
            .Answers<SecretRotated>()
            .Needs(ApiCredential.Token)
            .MayRefuse(OfBody);

        managed.MapPost("/{widgetId}/enable-widget", Enable).WithName("enableWidget").ChangesWithoutBody();
        managed.MapPost("/{widgetId}/disable-widget", Disable).WithName("disableWidget").ChangesWithoutBody();
        managed.MapPost("/{widgetId}/delete-widget", Delete).WithName("deleteWidget").ChangesWithoutBody();

        api.MapGet("/widgets/{widgetId}/config", ReadConfig)
            .RequireCors(BrowserAccess.AnyPage)
            .WithTags("Widgets")
            .WithName("getWidgetConfig")
            .Answers<WidgetConfigAnswer>()
            .Needs(ApiCredential.Token, ApiCredential.WidgetSecret)
            .MayRefuse(RefusalCode.Unauthorized, RefusalCode.NotFound);
    }

    private static RouteHandlerBuilder ChangesWithoutBody(this RouteHandlerBuilder route) => route
        .AnswersNothing()
        .Needs(ApiCredential.Token)
        .MayRefuse(RefusalCode.Unauthorized, RefusalCode.NotFound);

    /// <summary>Create a widget</summary>
    /// <remarks>
    /// Makes a widget and its client secret, which is shown this once. A secret used in a page is public:
    /// fill allowedDomains, allowedDepositAddresses and allowedCurrencyAddresses, so that it opens nothing
    /// else. A business may have ten widgets.
    /// </remarks>
    internal static async Task<IResult> Create(string businessId, HttpContext http, IGrainFactory grains)
    {
        if (!Credential.IsMember(http, businessId)) return new ProblemResult(Refusal.NotFound("business"));

        var (document, unreadable) = await JsonBody.Read(http.Request);
        if (document is null) return new ProblemResult(unreadable!);

        using (document)
        {
            var fields = new JsonFields(document.RootElement);
            var settings = WidgetRequest.ReadAll(fields);
            var secret = WidgetSecrets.New();
            var command = new CreateWidget(
                Identifiers.New(Identifiers.WidgetPrefix), businessId, settings, WidgetSecrets.Hash(secret),
                fields.Errors);
            var created = await GrainCalls.Insist(
                () => grains.GetGrain<IBusinessGrain>(businessId).CreateWidget(Credential.Member(http)!, command));
            return created.TryGet(out var widget, out var refusal)
                ? new JsonAnswer<WidgetCreated>(
                    new WidgetCreated(WidgetSummary.From(widget), secret), ApiJson.Types.WidgetCreated)
                : new ProblemResult(refusal);
        }
    }

    /// <summary>List widgets</summary>
    /// <remarks>The widgets of a business, newest first, each with its whole configuration.</remarks>
    internal static async Task<IResult> List(string businessId, HttpContext http, IGrainFactory grains)
    {
        if (!Credential.IsMember(http, businessId)) return new ProblemResult(Refusal.NotFound("business"));

        var errors = new List<FieldError>();
        var page = PageRequest.Read(http.Request.Query, errors);
        if (errors.Count > 0) return new ProblemResult(Refusal.Validation(errors));

        var listed = await GrainCalls.Insist(
            () => grains.GetGrain<IBusinessGrain>(businessId).ListWidgets(Credential.Member(http)!));
        return listed.TryGet(out var list, out var refusal)
            ? new JsonAnswer<IReadOnlyList<WidgetResource>>(
                [.. page.Of(list.Widgets, widget => widget.CreatedAt).Select(WidgetResource.From)],
                ApiJson.Types.IReadOnlyListWidgetResource)
            : new ProblemResult(refusal);
    }

    /// <summary>Read a widget</summary>
    /// <remarks>The whole configuration of a widget, without its secret.</remarks>
    internal static async Task<IResult> Read(
        string businessId, string widgetId, HttpContext http, IGrainFactory grains)
    {
        if (Find(businessId, widgetId, http, grains) is not { } widget) return NoSuchWidget;

        var read = await GrainCalls.Insist(() => widget.Read(Credential.Member(http)!, businessId));
        return read.TryGet(out var view, out var refusal)
            ? new JsonAnswer<WidgetResource>(WidgetResource.From(view), ApiJson.Types.WidgetResource)
            : new ProblemResult(refusal);
    }

    /// <summary>Change a widget</summary>
    /// <remarks>
    /// Changes what is given and leaves the rest; null clears a field. In force at once, and for new sessions only: an
    /// open session keeps what it was opened with.
    /// </remarks>
    internal static async Task<IResult> Update(
        string businessId, string widgetId, HttpContext http, IGrainFactory grains, WidgetDomains domains)
    {
        if (Find(businessId, widgetId, http, grains) is not { } widget) return NoSuchWidget;

        var (document, unreadable) = await JsonBody.Read(http.Request);
        using (document)
        {
            var fields = JsonFields.Of(document);
            var (settings, given) = WidgetRequest.ReadGiven(fields);
            var command = new UpdateWidget(unreadable, settings, given, fields.Errors);
            var updated = await GrainCalls.Insist(
                () => widget.Update(Credential.Member(http)!, businessId, command));
            domains.Forget(widgetId);
            return Done(updated);
        }
    }

    /// <summary>Give a widget a new secret</summary>
    /// <remarks>
    /// Answers the new client secret, which is shown this once. The one before it works for the grace; older ones that
    /// are in a grace of their own end with it at the latest, so that a grace of 0 shuts out every secret but the new.
    /// </remarks>
    internal static async Task<IResult> RotateSecret(
        string businessId, string widgetId, HttpContext http, IGrainFactory grains)
    {
        if (Find(businessId, widgetId, http, grains) is not { } widget) return NoSuchWidget;

        var (document, unreadable) = await JsonBody.Read(http.Request);
        using (document)
        {
            var fields = JsonFields.Of(document);
            fields.Require("graceSeconds");
            var secret = WidgetSecrets.New();
            var graceSeconds = fields.WholeNumber("graceSeconds") ?? 0;
            var command = new RotateSecret(unreadable, graceSeconds, WidgetSecrets.Hash(secret), fields.Errors);
            var rotated = await GrainCalls.Insist(
                () => widget.RotateSecret(Credential.Member(http)!, businessId, command));
            return rotated.TryGet(out _, out var refusal)
                ? new JsonAnswer<SecretRotated>(new SecretRotated(secret), ApiJson.Types.SecretRotated)
                : new ProblemResult(refusal);
        }
    }

    /// <summary>Enable a widget</summary>
    /// <remarks>Lets the widget open sessions again. No error if it does already.</remarks>
    internal static Task<IResult> Enable(
        string businessId, string widgetId, HttpContext http, IGrainFactory grains) =>
        SetEnabled(businessId, widgetId, http, grains, true);

    /// <summary>Disable a widget</summary>
    /// <remarks>Keeps the widget from opening sessions. Those that are open go on.</remarks>
    internal static Task<IResult> Disable(
        string businessId, string widgetId, HttpContext http, IGrainFactory grains) =>
        SetEnabled(businessId, widgetId, http, grains, false);

    /// <summary>Delete a widget</summary>
    /// <remarks>Removes the widget for good and frees its place. Its open sessions go on.</remarks>
    internal static async Task<IResult> Delete(
        string businessId, string widgetId, HttpContext http, IGrainFactory grains, WidgetDomains domains)
    {
        if (Find(businessId, widgetId, http, grains) is null) return NoSuchWidget;

        var refusal = await GrainCalls.Insist(
            () => grains.GetGrain<IBusinessGrain>(businessId).DeleteWidget(Credential.Member(http)!, widgetId));
        domains.Forget(widgetId);
        return refusal is null ? EmptyAnswer.Instance : new ProblemResult(refusal);
    }

    private static async Task<IResult> SetEnabled(
        string businessId, string widgetId, HttpContext http, IGrainFactory grains, bool isEnabled) =>
        Find(businessId, widgetId, http, grains) is { } widget
            ? Done(await GrainCalls.Insist(
                () => widget.SetEnabled(Credential.Member(http)!, businessId, isEnabled)))
            : NoSuchWidget;

    /// <summary>A widget that may be the caller's; null if it can't be. The widget itself knows.</summary>
    private static IWidgetGrain? Find(string businessId, string widgetId, HttpContext http, IGrainFactory grains) =>
        Credential.IsMember(http, businessId) && Identifiers.IsWidget(widgetId)
            ? grains.Widget(widgetId)
            : null;

    private static IResult Done(Result<WidgetView> changed) =>
        changed.TryGet(out _, out var refusal) ? EmptyAnswer.Instance : new ProblemResult(refusal);

    private static ProblemResult NoSuchWidget => new(Refusal.NotFound("widget"));

    private static readonly RefusalCode[] OfBody =
    [
        RefusalCode.ValidationFailed, RefusalCode.Unauthorized, RefusalCode.NotFound, RefusalCode.TooLarge,
        RefusalCode.UnsupportedMediaType,
    ];

    /// <summary>Read what a page needs of a widget</summary>
    /// <remarks>
    /// The widget's public configuration; or null with a reason that the page can show, when the widget is
    /// disabled or does not allow the page's domain.
    /// </remarks>
    internal static async Task<IResult> ReadConfig(
        string widgetId, HttpContext http, IGrainFactory grains, WidgetDomains domains)
    {
        if (Credential.ForWidget(http) is not { } caller) return new ProblemResult(Refusals.Unauthorized);
        if (domains.IsUnknown(widgetId)) return NoSuchWidget;

        var origin = BrowserOrigin.HostOf(http.Request);
        var read = await GrainCalls.Insist(
            () => grains.Widget(widgetId).ReadForPage(caller, origin));
        if (read.TryGet(out var page, out var refusal))
            return new JsonAnswer<WidgetConfigAnswer>(
                WidgetConfigAnswer.From(page), ApiJson.Types.WidgetConfigAnswer);
        domains.Learn(widgetId, caller, refusal);
        return new ProblemResult(refusal);
    }
}
