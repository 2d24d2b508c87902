using Bleepay.Grains.Webhooks;
using Bleepay.Grains.Widgets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Utilities;

namespace Bleepay.Grains.Sessions;

/// <summary>
/// The only writer of one session. Each method decides by <see cref="SessionRules"/>, stores the new state
/// and its events in one commit, and only then acts; every act may run twice.
/// </summary>
/// <remarks>
/// Its expiry is its own Orleans reminder. The reminder's row is the session's row: an open session without a
/// reminder can't exist, and a final one is no reminder any more.
/// </remarks>
[GrainType(GrainTypeName)]
[CollectionAgeLimit(Minutes = 2)]
public sealed partial class DepositSessionGrain(
    [PersistentState(DepositSessionGrain.StateName, DepositSessionGrain.StorageName)]
    IPersistentState<SessionState> stored,
    [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider clock,
    IOptions<DepositSessionOptions> sessionOptions,
    IOptions<ChainsOptions> chains,
    IOptions<ReminderOptions> reminders,
    ILogger<DepositSessionGrain> logger)
    : Grain, IDepositSessionGrain, IRemindable
{
    /// <summary>Part of every stored reminder's identity: never to be changed.</summary>
    public const string GrainTypeName = "depositsession";
    public const string StateName = "deposit-session";
    public const string StorageName = "sessions";
    public const string ExpireReminder = "expire";

    /// <summary>
    /// Longer than the reminder service's loading window, so that a tick that failed is dropped there and
    /// adopted again by the next refresh, instead of waiting a whole period.
    /// </summary>
    public static readonly TimeSpan ReminderPeriod = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan TellWithin = TimeSpan.FromSeconds(1);

    /// <summary>Null until somebody follows the session: most are never followed.</summary>
    private ObserverManager<ISessionFollower>? followers;

    public async Task<Result<SessionView>> Open(OpenSession command)
    {
        var confirmations = command.Terms is { } terms ? chains.Value.ConfirmationsFor(terms.Network) : 0;
        stored.State.Caps = command.Caps;
        var opened = await Apply(new Opening(
            this.GetPrimaryKeyString(), command, sessionOptions.Value.Lifetime, confirmations));
        ForgetIfAbsent();
        return opened;
    }

    public Task<Result<SessionView>> Read(Caller caller)
    {
        ForgetIfAbsent();
        var session = VisibleTo(caller);
        return Task.FromResult<Result<SessionView>>(
            session is null ? Refusal.NotFound("session") : SessionRules.View(session, clock.GetUtcNow()));
    }

    public async Task<Result<SessionView>> Cancel(Caller caller)
    {
        ForgetIfAbsent();
        return VisibleTo(caller) is null ? Refusal.NotFound("session") : await Apply(new Cancellation());
    }

    public async Task<Result<SessionView>> ReportPayment(ReportPayment command)
    {
        ForgetIfAbsent();
        if (VisibleTo(command.Caller) is null) return Refusal.NotFound("session");
        if (command.Caller is not PaymentReporter) return MayNotReport;
        if (command.Unacceptable is { } unacceptable) return unacceptable;
        return await Apply(new Sighting(
            command.Payment ?? throw new ArgumentException("A report is of a payment.", nameof(command))));
    }

    public async Task<Result<SessionView>> Follow(Caller caller, ISessionFollower follower)
    {
        ForgetIfAbsent();
        if (VisibleTo(caller) is not { } session) return Refusal.NotFound("session");
        if (session.IsFinal) return SessionRules.View(session, clock.GetUtcNow());

        followers ??= new(SessionFollowing.ForgetAfter, logger) { GetDateTime = () => clock.GetUtcNow().UtcDateTime };
        followers.Subscribe(follower, follower);
        var now = clock.GetUtcNow();
        return now < session.ExpiresAt ? SessionRules.View(session, now) : await Apply(new Deadline());
    }

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        if (stored.State.Session is not { IsFinal: false } session) return;

        var early = session.ExpiresAt - clock.GetUtcNow();
        if (early > TimeSpan.Zero) WaitTheRest(early);
        else await Apply(new Deadline());
    }

    private async Task<Result<SessionView>> Apply(SessionInput input)
    {
        var now = clock.GetUtcNow();
        var before = stored.State.Session;
        var decision = SessionRules.Decide(before, input, now);
        if (decision.Refusal is { } refusal) return refusal;
        if (decision.Session is not { } session) return Refusal.NotFound("session");

        if (!ReferenceEquals(session, before) && await Store(session, before) is { } noPlace) return noPlace;
        await Act(session, before, now);

        // The commit may have taken its time, and no answer shows an open session at its end.
        return SessionRules.View(session, clock.GetUtcNow());
    }

    /// <summary>One commit: the new state and the events that it owes.</summary>
    private async Task<Refusal?> Store(DepositSession session, DepositSession? before)
    {
        var isStored = false;
        try
        {
            stored.State.Session = session;
            await stored.WriteStateAsync();
            isStored = !stored.State.HasNoPlace;
        }
        finally
        {
            // Whether a failed write took effect is unknown here. The next activation reads the truth.
            if (!isStored)
            {
                stored.State.Session = before;
                DeactivateOnIdle();
            }
        }

        if (stored.State.HasNoPlace) return NoPlace(stored.State.Caps);
        Tell(session, before);
        return null;
    }

    private void Tell(DepositSession session, DepositSession? before)
    {
        foreach (var change in session.Timeline.AsSpan((before?.Sequence ?? 0)..))
        {
            SessionInstruments.Changed(session, change);
            if (change.Cause == ChangeCause.Opened) LogOpened(session.Id, session.WidgetId, session.ExpiresAt);
            else if (change.Cause == ChangeCause.PaymentConfirming) LogConfirming(session.Id, session.WidgetId);
            else LogChanged(session.Id, session.WidgetId, change.Status, change.Cause);
        }
    }

    private async Task Act(DepositSession session, DepositSession? before, DateTimeOffset now)
    {
        WakeEndpoints();
        if (followers is not null)
            await followers.Notify(follower => follower.Changed(SessionRules.View(session, clock.GetUtcNow())));

        // Money that comes late finds the place free already.
        var hasEnded = session.IsFinal && before is { IsFinal: false };
        if (hasEnded && session.Places.HasFlag(CappedPlaces.Widget)) await TellPlaceFreed(session.WidgetId);

        // The reminder service adopts the stored row at its next refresh. Only a lifetime that may be over
        // before then, as in a sandbox, has to be announced. Never before the write: a refresh in between
        // would drop it.
        var adoptedInTime = 2 * reminders.Value.RefreshReminderListPeriod;
        if (session.IsFinal || session.ExpiresAt - session.CreatedAt >= adoptedInTime) return;

        var due = session.ExpiresAt - now;
        await this.RegisterOrUpdateReminder(ExpireReminder, due > TimeSpan.Zero ? due : TimeSpan.Zero, ReminderPeriod);
    }

    /// <summary>A widget that does not hear of it finds out by itself a moment later.</summary>
    private async Task TellPlaceFreed(string widgetId)
    {
        try
        {
            await GrainFactory.GetGrain<IWidgetGrain>(widgetId).PlaceFreed().WaitAsync(TellWithin);
        }
        catch (Exception unheard) when (unheard is TimeoutException or OrleansException)
        {
            LogUnheard(unheard, widgetId);
        }
    }

    /// <summary>
    /// The commit has put the events into the outbox, where they are found again; this makes them leave at once.
    /// </summary>
    private void WakeEndpoints()
    {
        foreach (var endpoint in stored.State.OwedTo)
            GrainFactory.GetGrain<IWebhookEndpointGrain>(endpoint).Wake().Ignore();
        stored.State.OwedTo = [];
    }

    /// <summary>
    /// A tick of a silo whose clock runs ahead is not lost: it waits here for this silo's clock.
    /// </summary>
    private void WaitTheRest(TimeSpan rest) =>
        this.RegisterGrainTimer(
            (_, _) => Apply(new Deadline()),
            (object?)null,
            new GrainTimerCreationOptions(rest, Timeout.InfiniteTimeSpan) { KeepAlive = true });

    /// <summary>An id without a session leaves nothing in memory.</summary>
    private void ForgetIfAbsent()
    {
        if (stored.State.Session is null) DeactivateOnIdle();
    }

    private DepositSession? VisibleTo(Caller caller) =>
        stored.State.Session is { } session
        && (caller is SessionSecretHolder || caller.IsMemberOf(session.BusinessId))
            ? session
            : null;

    /// <summary>What is answered when a cap leaves no place for one more open session.</summary>
    internal static Refusal NoPlace(OpenSessionCaps caps) => Refusal.OverQuota(
        "This widget has as many open sessions as it may. Ask again when one has ended.",
        new Quota("open-sessions", caps.PerWidget ?? caps.PerReference ?? 0),
        retryAfterSeconds: 30);

    private static readonly Refusal MayNotReport = new(
        RefusalCode.Forbidden, "Only a token with the scope payments:report may report payments.");

    [LoggerMessage(LogLevel.Debug, "Widget {WidgetId} was not told of a place that is free")]
    private partial void LogUnheard(Exception exception, string widgetId);

    [LoggerMessage(LogLevel.Debug, "Session {SessionId} of widget {WidgetId} opened until {ExpiresAt}")]
    private partial void LogOpened(string sessionId, string widgetId, DateTimeOffset expiresAt);

    [LoggerMessage(LogLevel.Debug, "A payment of session {SessionId} of widget {WidgetId} has more confirmations")]
    private partial void LogConfirming(string sessionId, string widgetId);

    [LoggerMessage(LogLevel.Information, "Session {SessionId} of widget {WidgetId} is {Status} by {Cause}")]
    private partial void LogChanged(string sessionId, string widgetId, PaymentStatus status, ChangeCause cause);
}
