using System.Collections.Immutable;
using Bleepay.Grains.Chains;
using Bleepay.Grains.Sessions;
using Bleepay.Grains.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;

namespace Bleepay.Grains.Widgets;

/// <summary>
/// A silo's copy of one widget. Creations interleave here, because one widget may carry all of the traffic: what is
/// decided is decided without an await in between, on one version of the widget.
/// </summary>
[GrainType(GrainReferences.WidgetPolicyType)]
[StatelessWorker(maxLocalWorkers: 1)]
public sealed class WidgetPolicyGrain(
    WidgetChanges changes,
    WatchedChains chains,
    ISessionHomes homes,
    [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider clock)
    : Grain, IWidgetPolicyGrain
{
    /// <summary>
    /// How long "full" is cached, so that a refusal costs no commit. A session that ends on this silo
    /// clears it sooner; one that ends on another does not.
    /// </summary>
    private static readonly TimeSpan FullFor = TimeSpan.FromMilliseconds(250);

    private static readonly Refusal DomainNotAllowed =
        new(RefusalCode.DomainNotAllowed, "The widget does not allow pages of this domain.");

    /// <summary>Null until the first call, and for an id without a widget.</summary>
    private Copy? held;

    /// <summary>On the monotonic clock; zero while there may be a slot.</summary>
    private TimeSpan fullUntil;
    private int slotsFreed;

    private string Id => this.GetPrimaryKeyString();

    private IWidgetGrain Owner => GrainFactory.Widget(Id);

    public async Task<ImmutableArray<string>?> ReadDomains() =>
        (HeldIfCurrent() ?? await Fetch())?.Widget.Settings.AllowedDomains;

    public async Task<Result<WidgetPage>> ReadForPage(Caller caller, string? origin)
    {
        if (HeldIfCurrent() is { } copy)
        {
            var page = PageOf(copy, caller, origin);
            if (page.TryGet(out var shown, out _) && shown.Obstacle is null) return page;
        }

        return PageOf(await Fetch(), caller, origin);
    }

    public async Task<WidgetMerchant?> ReadMerchant() =>
        (HeldIfCurrent() ?? await Fetch()) is { Widget.Settings: var settings }
            ? new WidgetMerchant(
                settings.Name, settings.IconUrl, settings.Color, settings.Emoji,
                settings.AllowedDomains.FirstOrDefault() is { } domain ? DomainPattern.HostOf(domain) : null,
                settings.SuccessUrl, settings.CancelUrl)
            : null;

    public Task<Result<SessionView>> CreateSession(CreateSession command) => Traces.Continue(
        "widget create-session", "bleepay.widget.id", this, command, static (widget, command) => widget.Open(command));

    private async Task<Result<SessionView>> Open(CreateSession command)
    {
        var copy = HeldIfCurrent();
        var judged = Judge(copy, command);
        if (copy is null || judged.Refusal is not null)
        {
            copy = await Fetch();
            judged = Judge(copy, command);
        }

        if (copy is null || !judged.IsAdmitted) return judged.Refusal!;

        // A known key is answered before rules and limits; a random id can't be known.
        var (_, terms, refusal) = judged;
        var mayBeKnown = !command.Fingerprint.IsEmpty && command.Draft!.Errors.IsEmpty;
        if (refusal is null && clock.Uptime() < fullUntil) refusal = SessionRules.NoSlot(copy.Caps);
        if (refusal is not null && !mayBeKnown) return refusal;

        if (refusal is null && copy.Widget.Settings.MaxCreationsPerSecond is not null)
        {
            if (mayBeKnown)
            {
                var known = await Create(copy, command, terms, copy.TooFast);
                if (known.Refusal?.Code != RefusalCode.RateLimit) return known;
            }

            if (!await Owner.TryTakeCreation()) return copy.TooFast;
        }

        var freedBefore = slotsFreed;
        var created = await Create(copy, command, terms, refusal);
        if (refusal is null && freedBefore == slotsFreed && copy.IsFullBy(created, terms!))
            fullUntil = clock.Uptime() + FullFor;
        return created;
    }

    public Task SlotFreed()
    {
        slotsFreed++;
        fullUntil = default;
        return Task.CompletedTask;
    }

    public Task Refresh()
    {
        held = null;
        return Task.CompletedTask;
    }

    private Copy? HeldIfCurrent() =>
        held is { } copy && changes.IsCurrent(Id, copy.Version, copy.AskedAt) ? copy : null;

    /// <summary>Asks the owner; an id without a widget leaves nothing in memory.</summary>
    private async Task<Copy?> Fetch()
    {
        var askedAt = clock.Uptime();
        var (widget, version) = await Owner.ReadVersion();
        if (widget is null)
        {
            held = null;
            DeactivateOnIdle();
            return null;
        }

        // Answers may overtake each other.
        if (held is { } copy && copy.Version >= version)
            return held = copy with { AskedAt = copy.Version == version ? askedAt : copy.AskedAt };

        fullUntil = default;
        return held = new(widget, version, new WidgetPolicy(widget.Settings, chains), askedAt);
    }

    private Result<WidgetPage> PageOf(Copy? copy, Caller caller, string? origin)
    {
        if (WidgetRules.RefusalOf(copy?.Widget, caller, clock.GetUtcNow()) is { } refusal) return refusal;
        PageObstacle? obstacle = !copy!.Widget.IsEnabled ? PageObstacle.WidgetDisabled
            : copy.Policy.AllowsOrigin(origin) ? null
            : PageObstacle.DomainNotAllowed;
        return new WidgetPage(WidgetRules.View(Id, copy.Widget), obstacle);
    }

    private Judgement Judge(Copy? copy, CreateSession command)
    {
        if (WidgetRules.RefusalOf(copy?.Widget, command.Caller, clock.GetUtcNow()) is { } stranger)
            return new(false, null, stranger);
        if (!copy!.Policy.AllowsOrigin(command.Origin)) return new(false, null, DomainNotAllowed);
        if (command.Unreadable is { } unreadable) return new(false, null, unreadable);

        var (terms, errors) = copy.Policy.Check(command.Draft!);
        if (!copy.Widget.IsEnabled) errors = [.. errors, new("widget", "is disabled")];
        return errors.Count > 0 ? new(true, null, Refusal.Validation(errors)) : new(true, terms, null);
    }

    /// <param name="refusal">Set when only a session that is already there may be answered.</param>
    private Task<Result<SessionView>> Create(
        Copy copy, CreateSession command, SessionTerms? terms, Refusal? refusal)
    {
        var creation = new CreateDepositSession(
            copy.Widget.BusinessId, Id, terms, command.SecretKeyId, command.Fingerprint,
            copy.Widget.Settings.UnderpaymentTolerancePercent,
            copy.Caps, refusal, terms is null ? null : copy.Policy.AddressesFor(terms));
        return homes.HostIfElsewhere(command.SessionId) is { } stay
            ? CreateGuest(command.SessionId, creation, stay)
            : GrainFactory.DepositSession(command.SessionId).Create(creation);
    }

    private async Task<Result<SessionView>> CreateGuest(
        string sessionId, CreateDepositSession creation, IDisposable stay)
    {
        using (stay) return await GrainFactory.DepositSession(sessionId).Create(creation);
    }

    /// <param name="IsAdmitted">True if caller, page and body are accepted, so that only the rules or limits can
    /// refuse.</param>
    private readonly record struct Judgement(bool IsAdmitted, SessionTerms? Terms, Refusal? Refusal);

    /// <summary>One version of the widget, ready to check requests.</summary>
    /// <param name="AskedAt">When the owner was asked for it, on the monotonic clock.</param>
    private sealed record Copy(Widget Widget, int Version, WidgetPolicy Policy, TimeSpan AskedAt)
    {
        public Refusal TooFast { get; } = Refusal.OverQuota(
            "This widget has reached its limit of creations a second. Retry in a second.",
            new Quota("creations", Widget.Settings.MaxCreationsPerSecond ?? 0, WindowSeconds: 1),
            retryAfterSeconds: 1);

        public OpenSessionCaps Caps =>
            new(Widget.Settings.MaxOpenSessions, Widget.Settings.MaxOpenSessionsPerReference);

        /// <summary>True when it was the widget's own cap that left no slot, and not one reference's.</summary>
        public bool IsFullBy(Result<SessionView> created, SessionTerms terms) =>
            created.Refusal?.Quota?.Policy == SessionRules.OpenSessionsQuota
            && Caps.PerWidget is not null
            && (Caps.PerReference is null || terms.CustomerReference is null);
    }
}
