using Bleepay.Grains.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Bleepay.Grains.Widgets;

/// <summary>
/// The owner of one widget. Creations interleave here, because one widget may carry all of the traffic: what
/// is decided and counted is decided before the first await, and after it only an unused place is given back.
/// </summary>
[GrainType("widget")]
public sealed partial class WidgetGrain(
    [PersistentState("widget", WidgetGrain.StorageName)] IPersistentState<WidgetState> stored,
    [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider clock,
    ILogger<WidgetGrain> logger)
    : Grain, IWidgetGrain
{
    public const string StorageName = "widgets";

    private const int RateRetryAfterSeconds = 1;

    private WidgetPolicy? policy;
    private CreationRate? rate;

    private string Id => this.GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (stored.State.Widget is { } widget) Compile(widget.Settings);
        return Task.CompletedTask;
    }

    public async Task<Result<WidgetView>> Create(CreateWidget command)
    {
        if (stored.State.Widget is { } known) return View(known);

        var errors = WidgetRules.Check(command.Settings, command.Errors);
        if (errors.Count > 0) return Refusal.Validation(errors);

        var now = clock.GetUtcNow();
        var widget = new Widget(command.BusinessId, command.Settings, true, command.SecretHash, now, now);
        await Store(widget);
        Compile(widget.Settings);
        LogCreated(Id, widget.BusinessId);
        return View(widget);
    }

    public Task<Result<WidgetView>> Read(Caller caller, string businessId)
    {
        var isVisible = stored.State.Widget is { } found
            && found.BusinessId == businessId
            && caller.IsMemberOf(businessId);
        return Task.FromResult<Result<WidgetView>>(
            isVisible ? View(stored.State.Widget!) : Refusal.NotFound("widget"));
    }

    public Task<Result<WidgetPage>> ReadForPage(Caller caller, string? origin)
    {
        if (WidgetRules.Admit(stored.State.Widget, caller) is { } refusal)
            return Task.FromResult<Result<WidgetPage>>(refusal);

        var widget = stored.State.Widget!;
        PageObstacle? obstacle = !widget.IsEnabled ? PageObstacle.WidgetDisabled
            : policy!.AllowsOrigin(origin) ? null
            : PageObstacle.DomainNotAllowed;
        return Task.FromResult<Result<WidgetPage>>(new WidgetPage(View(widget), obstacle));
    }

    public async Task<Result<SessionView>> CreateSession(CreateSession command)
    {
        if (WidgetRules.Admit(stored.State.Widget, command.Caller) is { } stranger) return stranger;
        if (!policy!.AllowsOrigin(command.Origin))
            return new Refusal(RefusalCode.DomainNotAllowed, "The widget may not be used by pages of this domain.");
        if (command.Unreadable is { } unreadable) return unreadable;

        var widget = stored.State.Widget!;
        var (terms, refusal) = Judge(widget, command.Draft!);

        // A key that is known already answers whatever the rules say today; a random id can't be known.
        var mayBeKnown = !command.Fingerprint.IsEmpty && command.Draft!.Errors.IsEmpty;
        if (refusal is not null && !mayBeKnown) return refusal;

        if (!mayBeKnown) NewSession.Announce(command.SessionId);
        var session = GrainFactory.GetGrain<IDepositSessionGrain>(command.SessionId);
        var opened = await session.Open(new OpenSession(
            widget.BusinessId, Id, terms, command.SecretKeyId, command.Fingerprint,
            widget.Settings.UnderpaymentTolerancePercent,
            new OpenSessionCaps(widget.Settings.MaxOpenSessions, widget.Settings.MaxOpenSessionsPerReference),
            refusal));

        // Only a session that was made has used its place of this second up.
        if (refusal is null && opened.Value is not { IsNew: true }) rate?.Return();
        return opened.TryGet(out var answer, out var refused) ? answer.Session : refused;
    }

    private (SessionTerms? Terms, Refusal? Refusal) Judge(Widget widget, SessionDraft draft)
    {
        var (terms, errors) = policy!.Check(draft);
        if (!widget.IsEnabled) errors = [.. errors, new("widget", "is disabled")];
        if (errors.Count > 0) return (null, Refusal.Validation(errors));
        return rate is null || rate.TryTake(clock.GetUtcNow())
            ? (terms, null)
            : (null, new Refusal(
                RefusalCode.RateLimit,
                "This widget opens as many sessions a second as it may. Ask again in a second.",
                RateRetryAfterSeconds));
    }

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
            if (!isStored)
            {
                stored.State.Widget = null;
                DeactivateOnIdle();
            }
        }
    }

    private void Compile(WidgetSettings settings)
    {
        policy = new WidgetPolicy(settings);
        rate = settings.MaxCreationsPerSecond is { } perSecond
            ? new CreationRate(perSecond, clock.GetUtcNow())
            : null;
    }

    private WidgetView View(Widget widget) => new(
        Id, widget.BusinessId, widget.Settings, widget.IsEnabled, widget.CreatedAt, widget.UpdatedAt);

    [LoggerMessage(LogLevel.Information, "Widget {WidgetId} of business {BusinessId} created")]
    private partial void LogCreated(string widgetId, string businessId);
}
