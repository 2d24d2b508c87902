using Bleepay.Grains.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Bleepay.Grains.Widgets;

/// <summary>
/// The owner of one widget. Creations interleave here, because one widget may carry all of the traffic: what
/// is decided and counted is decided without an await in between, on the widget as it was last committed.
/// </summary>
[GrainType("widget")]
public sealed partial class WidgetGrain(
    [PersistentState("widget", WidgetGrain.StorageName)] IPersistentState<WidgetState> stored,
    [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider clock,
    ILogger<WidgetGrain> logger)
    : Grain, IWidgetGrain
{
    public const string StorageName = "widgets";

    private static readonly Refusal TooFast = new(
        RefusalCode.RateLimit,
        "This widget opens as many sessions a second as it may. Ask again in a second.",
        retryAfterSeconds: 1);

    /// <summary>Null for a widget that does not exist. Changed in one piece, after its commit.</summary>
    private ActiveWidget? active;

    private string Id => this.GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (stored.State.Widget is { } widget) active = Activate(widget);
        return Task.CompletedTask;
    }

    public async Task<Result<WidgetView>> Create(CreateWidget command)
    {
        if (active is { } known) return View(known.Widget);

        var errors = WidgetRules.Check(command.Settings, command.Errors);
        if (errors.Count > 0)
        {
            Forget();
            return Refusal.Validation(errors);
        }

        var now = clock.GetUtcNow();
        var widget = new Widget(command.BusinessId, command.Settings, true, command.SecretHash, now, now);
        await Store(widget);
        active = Activate(widget);
        LogCreated(Id, widget.BusinessId);
        return View(widget);
    }

    public Task<Result<WidgetView>> Read(Caller caller, string businessId)
    {
        var widget = Find()?.Widget;
        var isVisible = widget is not null && widget.BusinessId == businessId && caller.IsMemberOf(businessId);
        return Task.FromResult<Result<WidgetView>>(isVisible ? View(widget!) : Refusal.NotFound("widget"));
    }

    public Task<Result<WidgetPage>> ReadForPage(Caller caller, string? origin)
    {
        var current = Find();
        if (WidgetRules.Admit(current?.Widget, caller) is { } refusal)
            return Task.FromResult<Result<WidgetPage>>(refusal);

        PageObstacle? obstacle = !current!.Widget.IsEnabled ? PageObstacle.WidgetDisabled
            : current.Policy.AllowsOrigin(origin) ? null
            : PageObstacle.DomainNotAllowed;
        return Task.FromResult<Result<WidgetPage>>(new WidgetPage(View(current.Widget), obstacle));
    }

    public async Task<Result<SessionView>> CreateSession(CreateSession command)
    {
        var current = Find();
        if (WidgetRules.Admit(current?.Widget, command.Caller) is { } stranger) return stranger;
        if (!current!.Policy.AllowsOrigin(command.Origin))
            return new Refusal(RefusalCode.DomainNotAllowed, "The widget may not be used by pages of this domain.");
        if (command.Unreadable is { } unreadable) return unreadable;

        // A key that is known already is answered whatever the rules and limits say; a random id can't be known.
        var (terms, refusal) = current.Judge(command.Draft!);
        var mayBeKnown = !command.Fingerprint.IsEmpty && command.Draft!.Errors.IsEmpty;
        if (refusal is not null && !mayBeKnown) return refusal;

        if (refusal is null && current.Rate is { } rate)
        {
            if (mayBeKnown)
            {
                var known = await Open(current.Widget, command, terms, TooFast);
                if (known.Refusal != TooFast) return known;
            }

            if (!rate.TryTake(clock.GetUtcNow())) return TooFast;
        }

        if (!mayBeKnown) NewSession.Announce(command.SessionId);
        return await Open(current.Widget, command, terms, refusal);
    }

    /// <param name="refusal">Set when only a session that is already there may be answered.</param>
    private Task<Result<SessionView>> Open(
        Widget widget, CreateSession command, SessionTerms? terms, Refusal? refusal) =>
        GrainFactory.GetGrain<IDepositSessionGrain>(command.SessionId).Open(new OpenSession(
            widget.BusinessId, Id, terms, command.SecretKeyId, command.Fingerprint,
            widget.Settings.UnderpaymentTolerancePercent,
            new OpenSessionCaps(widget.Settings.MaxOpenSessions, widget.Settings.MaxOpenSessionsPerReference),
            refusal));

    private ActiveWidget? Find()
    {
        if (active is null) Forget();
        return active;
    }

    /// <summary>A made-up id leaves nothing in memory.</summary>
    private void Forget() => DeactivateOnIdle();

    private async Task Store(Widget widget)
    {
        var isStored = false;
        try
        {
            stored.State.Widget = widget;
            await stored.WriteStateAsync();
            isStored = true;
        }
        finally
        {
            // Whether a failed write took effect is unknown here. The next activation reads the truth.
            if (!isStored) DeactivateOnIdle();
        }
    }

    private ActiveWidget Activate(Widget widget) => new(
        widget,
        new WidgetPolicy(widget.Settings),
        widget.Settings.MaxCreationsPerSecond is { } perSecond ? new(perSecond, clock.GetUtcNow()) : null);

    private WidgetView View(Widget widget) => new(
        Id, widget.BusinessId, widget.Settings, widget.IsEnabled, widget.CreatedAt, widget.UpdatedAt);

    [LoggerMessage(LogLevel.Information, "Widget {WidgetId} of business {BusinessId} created")]
    private partial void LogCreated(string widgetId, string businessId);

    /// <summary>One version of the widget, ready to judge.</summary>
    private sealed record ActiveWidget(Widget Widget, WidgetPolicy Policy, CreationRate? Rate)
    {
        public (SessionTerms? Terms, Refusal? Refusal) Judge(SessionDraft draft)
        {
            var (terms, errors) = Policy.Check(draft);
            if (!Widget.IsEnabled) errors = [.. errors, new("widget", "is disabled")];
            return errors.Count > 0 ? (null, Refusal.Validation(errors)) : (terms, null);
        }
    }
}
