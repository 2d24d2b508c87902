using System.Collections.Immutable;
using Bleepay.Grains.Chains;
using Bleepay.Grains.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Bleepay.Grains.Widgets;

/// <summary>
/// The owner of one widget. Creations interleave here, because one widget may carry all of the traffic: what
/// is decided and counted is decided without an await in between, on the widget as it was last committed.
/// </summary>
[GrainType(GrainReferences.WidgetType)]
public sealed partial class WidgetGrain(
    [PersistentState("widget", WidgetGrain.StorageName)] IPersistentState<WidgetState> stored,
    WatchedChains chains,
    [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider clock,
    ILogger<WidgetGrain> logger)
    : Grain, IWidgetGrain
{
    public const string StorageName = "widgets";

    private static readonly Refusal NotFound = Refusal.NotFound("widget");

    /// <summary>
    /// How long the widget remembers that it was full, so that a refusal costs no commit. A session that ends clears it
    /// sooner; this limit is for when that message is lost.
    /// </summary>
    private static readonly TimeSpan FullFor = TimeSpan.FromSeconds(1);

    /// <summary>Null for a widget that does not exist. Changed in one piece, after its commit.</summary>
    private ActiveWidget? active;

    /// <summary>On the monotonic clock; zero while there may be a slot.</summary>
    private TimeSpan fullUntil;
    private int slotsFreed;

    private string Id => this.GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (stored.State.Widget is { } widget) active = Activate(widget);
        return Task.CompletedTask;
    }

    public async Task<Result<WidgetView>> Create(Caller caller, CreateWidget command)
    {
        if (!caller.IsMemberOf(command.BusinessId) || stored.State.IsDeleted) return NotFound;
        if (active is { Widget: var known }) return known.BusinessId == command.BusinessId ? View(known) : NotFound;

        var now = clock.GetUtcNow();
        var widget = new Widget(command.BusinessId, command.Settings, true, command.SecretHash, now, now);
        return await Commit(widget, WidgetEvent.Created);
    }

    public async Task<Refusal?> Delete(Caller caller, string businessId)
    {
        var owner = active?.Widget.BusinessId;
        if (!caller.IsMemberOf(businessId) || (owner ?? businessId) != businessId) return NotFound;
        if (stored.State.IsDeleted) return null;

        await Store(null);
        active = null;
        if (owner is not null) LogChanged(Id, owner, WidgetEvent.Deleted);
        return null;
    }

    public Task<Result<WidgetView>> Read(Caller caller, string businessId) => Task.FromResult<Result<WidgetView>>(
        FindOwned(caller, businessId) is { } widget ? View(widget) : NotFound);

    public Task<ImmutableArray<string>?> ReadDomains() => Task.FromResult(
        FindOrDeactivate()?.Widget.Settings.AllowedDomains);

    public async Task<Result<WidgetView>> Update(Caller caller, string businessId, UpdateWidget command)
    {
        if (FindOwned(caller, businessId) is not { } widget) return NotFound;
        if (command.Unreadable is { } unreadable) return unreadable;

        var settings = WidgetChange.Apply(widget.Settings, command);
        var errors = WidgetRules.Check(settings, command.Errors);
        if (errors.Count > 0) return Refusal.Validation(errors);
        return await Commit(widget with { Settings = settings, UpdatedAt = clock.GetUtcNow() }, WidgetEvent.Updated);
    }

    public async Task<Result<WidgetView>> SetEnabled(Caller caller, string businessId, bool isEnabled)
    {
        if (FindOwned(caller, businessId) is not { } widget) return NotFound;
        if (widget.IsEnabled == isEnabled) return View(widget);

        return await Commit(
            widget with { IsEnabled = isEnabled, UpdatedAt = clock.GetUtcNow() },
            isEnabled ? WidgetEvent.Enabled : WidgetEvent.Disabled);
    }

    public async Task<Result<WidgetView>> RotateSecret(Caller caller, string businessId, RotateSecret command)
    {
        if (FindOwned(caller, businessId) is not { } widget) return NotFound;
        if (command.Unreadable is { } unreadable) return unreadable;
        if (!command.Errors.IsEmpty) return Refusal.Validation(command.Errors);

        var (rotated, error) = WidgetChange.Rotate(widget, command, clock.GetUtcNow());
        return error is null ? await Commit(rotated!, WidgetEvent.SecretRotated) : Refusal.Validation([error]);
    }

    public Task<Result<WidgetPage>> ReadForPage(Caller caller, string? origin)
    {
        var current = FindOrDeactivate();
        if (WidgetRules.RefusalOf(current?.Widget, caller, clock.GetUtcNow()) is { } refusal)
            return Task.FromResult<Result<WidgetPage>>(refusal);

        PageObstacle? obstacle = !current!.Widget.IsEnabled ? PageObstacle.WidgetDisabled
            : current.Policy.AllowsOrigin(origin) ? null
            : PageObstacle.DomainNotAllowed;
        return Task.FromResult<Result<WidgetPage>>(new WidgetPage(View(current.Widget), obstacle));
    }

    public Task<WidgetMerchant?> ReadMerchant() => Task.FromResult(
        FindOrDeactivate() is { Widget.Settings: var settings }
            ? new WidgetMerchant(
                settings.Name, settings.IconUrl, settings.Color, settings.Emoji,
                settings.AllowedDomains.FirstOrDefault() is { } domain ? DomainPattern.HostOf(domain) : null,
                settings.SuccessUrl, settings.CancelUrl)
            : null);

    public async Task<Result<SessionView>> CreateSession(CreateSession command)
    {
        var current = FindOrDeactivate();
        if (WidgetRules.RefusalOf(current?.Widget, command.Caller, clock.GetUtcNow()) is { } stranger) return stranger;
        if (!current!.Policy.AllowsOrigin(command.Origin))
            return new Refusal(RefusalCode.DomainNotAllowed, "The widget may not be used by pages of this domain.");
        if (command.Unreadable is { } unreadable) return unreadable;

        // A key that is known already is answered whatever the rules and limits say; a random id can't be known.
        var (terms, refusal) = current.Check(command.Draft!);
        var mayBeKnown = !command.Fingerprint.IsEmpty && command.Draft!.Errors.IsEmpty;
        if (refusal is null && clock.Uptime() < fullUntil) refusal = SessionRules.NoSlot(current.Caps);
        if (refusal is not null && !mayBeKnown) return refusal;

        if (refusal is null && current.Rate is { } rate)
        {
            if (mayBeKnown)
            {
                var known = await Create(current.Widget, command, terms, current.TooFast);
                if (known.Refusal?.Code != RefusalCode.RateLimit) return known;
            }

            if (!rate.TryTake(clock.Uptime())) return current.TooFast;
        }

        var freedBefore = slotsFreed;
        var created = await Create(current.Widget, command, terms, refusal);
        if (refusal is null && freedBefore == slotsFreed && current.IsFullBy(created, terms!))
            fullUntil = clock.Uptime() + FullFor;
        return created;
    }

    public Task SlotFreed()
    {
        slotsFreed++;
        fullUntil = default;
        return Task.CompletedTask;
    }

    /// <param name="refusal">Set when only a session that is already there may be answered.</param>
    private Task<Result<SessionView>> Create(
        Widget widget, CreateSession command, SessionTerms? terms, Refusal? refusal) =>
        GrainFactory.DepositSession(command.SessionId).Create(new CreateDepositSession(
            widget.BusinessId, Id, terms, command.SecretKeyId, command.Fingerprint,
            widget.Settings.UnderpaymentTolerancePercent,
            CapsOf(widget), refusal, terms is null ? null : active?.Policy.AddressesFor(terms)));

    private static OpenSessionCaps CapsOf(Widget widget) =>
        new(widget.Settings.MaxOpenSessions, widget.Settings.MaxOpenSessionsPerReference);

    /// <summary>The widget; an id without a widget leaves nothing in memory.</summary>
    private ActiveWidget? FindOrDeactivate()
    {
        if (active is null) DeactivateOnIdle();
        return active;
    }

    private Widget? FindOwned(Caller caller, string businessId) =>
        FindOrDeactivate()?.Widget is { } widget && widget.BusinessId == businessId && caller.IsMemberOf(businessId)
            ? widget
            : null;

    /// <summary>Stores a new version of the widget, then uses it.</summary>
    private async Task<Result<WidgetView>> Commit(Widget widget, WidgetEvent change)
    {
        await Store(widget);
        active = Activate(widget);
        fullUntil = default;
        LogChanged(Id, widget.BusinessId, change);
        return View(widget);
    }

    /// <param name="widget">Null to delete it.</param>
    private async Task Store(Widget? widget)
    {
        var isStored = false;
        try
        {
            stored.State.Widget = widget;
            stored.State.IsDeleted = widget is null;
            await stored.WriteStateAsync();
            isStored = true;
        }
        finally
        {
            // Whether a failed write took effect is unknown here. The next activation reads the truth.
            if (!isStored) DeactivateOnIdle();
        }
    }

    /// <summary>Keeps the rate limiter where its rate is unchanged: other changes must not refill it.</summary>
    private ActiveWidget Activate(Widget widget)
    {
        var perSecond = widget.Settings.MaxCreationsPerSecond;
        var rate = perSecond is null ? null
            : perSecond == active?.Widget.Settings.MaxCreationsPerSecond ? active.Rate
            : new CreationRate(perSecond.Value, clock.Uptime());
        return new(widget, new WidgetPolicy(widget.Settings, chains), rate);
    }

    private WidgetView View(Widget widget) => new(
        Id, widget.BusinessId, widget.Settings, widget.IsEnabled, widget.CreatedAt, widget.UpdatedAt);

    [LoggerMessage(LogLevel.Information, "Widget {WidgetId} of business {BusinessId}: {Change}")]
    private partial void LogChanged(string widgetId, string businessId, WidgetEvent change);

    private enum WidgetEvent
    {
        Created,
        Updated,
        Enabled,
        Disabled,
        SecretRotated,
        Deleted,
    }

    /// <summary>One version of the widget, ready to check requests.</summary>
    private sealed record ActiveWidget(Widget Widget, WidgetPolicy Policy, CreationRate? Rate)
    {
        public Refusal TooFast { get; } = Refusal.OverQuota(
            "This widget opens as many sessions a second as it may. Ask again in a second.",
            new Quota("creations", Widget.Settings.MaxCreationsPerSecond ?? 0, WindowSeconds: 1),
            retryAfterSeconds: 1);

        public OpenSessionCaps Caps => CapsOf(Widget);

        /// <summary>True when it was the widget's own cap that left no slot, and not one reference's.</summary>
        public bool IsFullBy(Result<SessionView> created, SessionTerms terms) =>
            created.Refusal?.Quota?.Policy == SessionRules.OpenSessionsQuota
            && Caps.PerWidget is not null
            && (Caps.PerReference is null || terms.CustomerReference is null);

        public (SessionTerms? Terms, Refusal? Refusal) Check(SessionDraft draft)
        {
            var (terms, errors) = Policy.Check(draft);
            if (!Widget.IsEnabled) errors = [.. errors, new("widget", "is disabled")];
            return errors.Count > 0 ? (null, Refusal.Validation(errors)) : (terms, null);
        }
    }
}
