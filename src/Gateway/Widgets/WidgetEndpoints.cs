using Bleepay.Gateway.Businesses;
using Bleepay.Gateway.Credentials;
using Bleepay.Gateway.Http;
using Bleepay.Gateway.Http.Json;
using Bleepay.Gateway.OpenApi;
using Bleepay.Grains;
using Bleepay.Grains.Businesses;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Widgets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Bleepay.Gateway.Widgets;

/// <summary>A business's widgets, managed with a token.</summary>
internal static class WidgetEndpoints
{
    public static void MapWidgets(this RouteGroupBuilder business)
    {
        var widgets = business.MapGroup("/widgets").WithTags("Widgets");

        widgets.MapPost("/create-widget", Create)
            .WithName("createWidget")
            .Reads<CreateWidgetRequest>()
            .Answers<WidgetCreated>();

        widgets.MapGet("", List).WithName("listWidgets").Answers<IReadOnlyList<WidgetResource>>().TakesPage();

        var widget = widgets.MapResource("widgetId", "widget", Identifiers.IsWidget);

        widget.MapGet("", Read).WithName("getWidget").Answers<WidgetResource>();

        widget.MapPost("/update-widget", Update)
            .WithName("updateWidget")
            .Reads<UpdateWidgetRequest>()
            .AnswersNothing();

        widget.MapPost("/rotate-widget-secret", RotateSecret)
            .WithName("rotateWidgetSecret")
            .Reads<RotateSecretRequest>()
            .Answers<SecretRotated>();

        widget.MapPost("/enable-widget", Enable).WithName("enableWidget").AnswersNothing();
        widget.MapPost("/disable-widget", Disable).WithName("disableWidget").AnswersNothing();
        widget.MapPost("/delete-widget", Delete).WithName("deleteWidget").AnswersNothing();
    }

    /// <summary>Create a widget</summary>
    /// <remarks>
    /// Creates a widget and returns its client secret, which is not shown again. A secret used in a page is public:
    /// fill allowedDomains, allowedDepositAddresses and allowedCurrencyAddresses to limit what it can do. A business
    /// may have ten widgets.
    /// </remarks>
    internal static async Task<IResult> Create(BusinessMember member, HttpRequest request, GrainCalls calls)
    {
        var (document, unreadable) = await JsonBody.Read(request);
        if (document is null) return new ProblemResult(unreadable!);

        using (document)
        {
            var fields = new JsonFields(document.RootElement);
            var settings = WidgetRequest.ReadAll(fields);
            var secret = WidgetSecrets.New();
            var command = new CreateWidget(
                Identifiers.New(Identifiers.WidgetPrefix), member.BusinessId, settings, WidgetSecrets.Hash(secret),
                fields.Errors);
            var created = await calls.RetryWhileRejected(
                grains => grains.GetGrain<IBusinessGrain>(member.BusinessId).CreateWidget(member.Caller, command),
                request.HttpContext.RequestAborted);
            return created.TryGet(out var widget, out var refusal)
                ? new JsonAnswer<WidgetCreated>(
                    new WidgetCreated(WidgetSummary.From(widget), secret), ApiJson.Types.WidgetCreated)
                : new ProblemResult(refusal);
        }
    }

    /// <summary>List widgets</summary>
    /// <remarks>The widgets of a business, newest first, each with its whole configuration.</remarks>
    internal static async Task<IResult> List(BusinessMember member, HttpRequest request, GrainCalls calls)
    {
        var errors = new List<FieldError>();
        var page = PageRequest.Read(request.Query, errors);
        if (errors.Count > 0) return new ProblemResult(Refusal.Validation(errors));

        var listed = await calls.RetryWhileRejected(
            grains => grains.GetGrain<IBusinessGrain>(member.BusinessId).ListWidgets(member.Caller),
            request.HttpContext.RequestAborted);
        return listed.TryGet(out var list, out var refusal)
            ? new JsonAnswer<IReadOnlyList<WidgetResource>>(
                [.. page.Of(list.Widgets, widget => widget.CreatedAt).Select(WidgetResource.From)],
                ApiJson.Types.IReadOnlyListWidgetResource)
            : new ProblemResult(refusal);
    }

    /// <summary>Read a widget</summary>
    /// <remarks>The whole configuration of a widget, without its secret.</remarks>
    internal static async Task<IResult> Read(
        BusinessMember member, string widgetId, GrainCalls calls, CancellationToken cancellation)
    {
        var read = await calls.RetryWhileRejected(
            grains => grains.Widget(widgetId).Read(member.Caller, member.BusinessId), cancellation);
        return read.TryGet(out var view, out var refusal)
            ? new JsonAnswer<WidgetResource>(WidgetResource.From(view), ApiJson.Types.WidgetResource)
            : new ProblemResult(refusal);
    }

    /// <summary>Change a widget</summary>
    /// <remarks>
    /// An absent field keeps its value; null clears a field. The change applies at once, and to new sessions only: an
    /// open session keeps the configuration that it was created with.
    /// </remarks>
    internal static async Task<IResult> Update(
        BusinessMember member, string widgetId, HttpRequest request, GrainCalls calls, WidgetDomains domains)
    {
        var (document, unreadable) = await JsonBody.Read(request);
        using (document)
        {
            var fields = JsonFields.Of(document);
            var (settings, given) = WidgetRequest.ReadGiven(fields);
            var command = new UpdateWidget(unreadable, settings, given, fields.Errors);
            var updated = await calls.RetryWhileRejected(
                grains => grains.Widget(widgetId).Update(member.Caller, member.BusinessId, command),
                request.HttpContext.RequestAborted);
            await Apply(widgetId, calls, domains);
            return Done(updated);
        }
    }

    /// <summary>Rotate the client secret of a widget</summary>
    /// <remarks>
    /// Returns a new client secret, which is not shown again. The previous secret works until the grace period ends;
    /// older secrets expire at the same time or earlier. With a grace period of 0, only the new secret works.
    /// </remarks>
    internal static async Task<IResult> RotateSecret(
        BusinessMember member, string widgetId, HttpRequest request, GrainCalls calls, WidgetDomains domains)
    {
        var (document, unreadable) = await JsonBody.Read(request);
        using (document)
        {
            var fields = JsonFields.Of(document);
            fields.Require("graceSeconds");
            var secret = WidgetSecrets.New();
            var graceSeconds = fields.WholeNumber("graceSeconds") ?? 0;
            var command = new RotateSecret(unreadable, graceSeconds, WidgetSecrets.Hash(secret), fields.Errors);
            var rotated = await calls.RetryWhileRejected(
                grains => grains.Widget(widgetId).RotateSecret(member.Caller, member.BusinessId, command),
                request.HttpContext.RequestAborted);
            await Apply(widgetId, calls, domains);
            return rotated.TryGet(out _, out var refusal)
                ? new JsonAnswer<SecretRotated>(new SecretRotated(secret), ApiJson.Types.SecretRotated)
                : new ProblemResult(refusal);
        }
    }

    /// <summary>Enable a widget</summary>
    /// <remarks>Lets the widget create sessions again. Enabling it twice is no error.</remarks>
    internal static Task<IResult> Enable(
        BusinessMember member, string widgetId, GrainCalls calls, WidgetDomains domains,
        CancellationToken cancellation) =>
        SetEnabled(member, widgetId, calls, domains, true, cancellation);

    /// <summary>Disable a widget</summary>
    /// <remarks>The widget creates no more sessions. Its open sessions are not affected.</remarks>
    internal static Task<IResult> Disable(
        BusinessMember member, string widgetId, GrainCalls calls, WidgetDomains domains,
        CancellationToken cancellation) =>
        SetEnabled(member, widgetId, calls, domains, false, cancellation);

    /// <summary>Delete a widget</summary>
    /// <remarks>
    /// Deletes the widget permanently; the business may then create another. Its open sessions are not affected.
    /// </remarks>
    internal static async Task<IResult> Delete(
        BusinessMember member, string widgetId, GrainCalls calls, WidgetDomains domains,
        CancellationToken cancellation)
    {
        var refusal = await calls.RetryWhileRejected(
            grains => grains.GetGrain<IBusinessGrain>(member.BusinessId).DeleteWidget(member.Caller, widgetId),
            cancellation);
        await Apply(widgetId, calls, domains);
        return refusal is null ? EmptyAnswer.Instance : new ProblemResult(refusal);
    }

    private static async Task<IResult> SetEnabled(
        BusinessMember member, string widgetId, GrainCalls calls, WidgetDomains domains, bool isEnabled,
        CancellationToken cancellation)
    {
        var changed = await calls.RetryWhileRejected(
            grains => grains.Widget(widgetId).SetEnabled(member.Caller, member.BusinessId, isEnabled), cancellation);
        await Apply(widgetId, calls, domains);
        return Done(changed);
    }

    /// <summary>Makes a change take effect on this node at once; the others read it within a second.</summary>
    private static async Task Apply(string widgetId, GrainCalls calls, WidgetDomains domains)
    {
        domains.Evict(widgetId);
        await calls.RetryWhileRejected(grains => grains.WidgetPolicy(widgetId).Refresh(), CancellationToken.None);
    }

    private static IResult Done(Result<WidgetView> changed) =>
        changed.TryGet(out _, out var refusal) ? EmptyAnswer.Instance : new ProblemResult(refusal);
}
