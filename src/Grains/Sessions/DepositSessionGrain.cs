using Bleepay.Grains.Webhooks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Storage;
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
    [FromKeyedServices(DepositSessionGrain.StorageName)] IGrainStorage storage,
    [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider clock,
    IOptions<DepositSessionOptions> sessionOptions,
    IOptions<ChainsOptions> chains,
    IOptions<ReminderOptions> reminders,
    ILogger<DepositSessionGrain> logger)
    : Grain, IDepositSessionGrain, IRemindable
{
    public const string GrainTypeName = GrainReferences.DepositSessionType;
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

    /// <summary>Null until <see cref="Load"/> has read it.</summary>
    private GrainState<SessionState>? loaded;

    private SessionState State => loaded is { } stored
        ? stored.State!
        : throw new InvalidOperationException("Each call loads the session first.");

    public async Task<Result<SessionView>> Open(OpenSession command)
    {
        // An id without a key was drawn at random a moment ago, so there is nothing to read.
        var isUnread = loaded is null && command.Fingerprint.IsEmpty;
        await Load(isUnread);
        var confirmations = command.Terms is { } terms ? chains.Value.ConfirmationsFor(terms.Network) : 0;
        State.Caps = command.Caps;
        var opening = new Opening(
            this.GetPrimaryKeyString(), command, sessionOptions.Value.Lifetime, confirmations);
        Result<SessionView> opened;
        try
        {
            opened = await Apply(opening);
        }
        catch (InconsistentStateException) when (isUnread)
        {
            // The same request was here before, and its answer was lost.
            loaded = null;
            await Load();
            opened = await Apply(opening);
        }

        ForgetIfAbsent();
        return opened;
    }

    public async Task<Result<SessionView>> Read(Caller caller)
    {
        await Load();
        ForgetIfAbsent();
        return VisibleTo(caller) is { } session ? await Show(session) : Refusal.NotFound("session");
    }

    public async Task<Result<SessionView>> Cancel(Caller caller)
    {
        await Load();
        ForgetIfAbsent();
        if (VisibleTo(caller) is not { } session) return Refusal.NotFound("session");

        // That it has ended is a reason to refuse, and has to stay true.
        await Show(session);
        return await Apply(new Cancellation());
    }

    public async Task<Result<SessionView>> ReportPayment(ReportPayment command)
    {
        await Load();
        ForgetIfAbsent();
        if (State.Session is not { } session) return Refusal.NotFound("session");
        if (!command.Caller.ReportsFor(session.BusinessId))
            return VisibleTo(command.Caller) is null ? Refusal.NotFound("session") : MayNotReport;
        if (command.Unacceptable is { } unacceptable) return unacceptable;
        var reported = await Apply(new Sighting(
            command.Payment ?? throw new ArgumentException("A report is of a payment.", nameof(command))));
        if (!reported.TryGet(out _, out var refusal)) SessionInstruments.Refused(refusal.Code);
        return reported;
    }

    public async Task<Result<SessionView>> Follow(Caller caller, ISessionFollower follower)
    {
        await Load();
        ForgetIfAbsent();
        if (VisibleTo(caller) is not { } session) return Refusal.NotFound("session");
        if (!session.IsFinal)
        {
            followers ??= new(SessionFollowing.ForgetAfter, logger)
            {
                GetDateTime = () => DateTime.UnixEpoch + clock.Uptime(),
            };
            followers.Subscribe(follower, follower);
        }

        return await Show(session);
    }

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        await Load();
        if (State.Session is not { IsFinal: false } session) return;

        var early = session.ExpiresAt - clock.GetUtcNow();
        if (early > TimeSpan.Zero) WaitTheRest(early);
        else await Apply(new Deadline());
    }

    /// <summary>
    /// Reads the session at the first call instead of at the activation, because only the call knows whether there is
    /// anything to read.
    /// </summary>
    private async ValueTask Load(bool isNew = false)
    {
        if (loaded is not null) return;
        var stored = new GrainState<SessionState>(new SessionState());
        if (!isNew) await storage.ReadStateAsync(StateName, this.GetGrainId(), stored);
        loaded ??= stored;
    }

    private async Task<Result<SessionView>> Apply(SessionInput input)
    {
        var now = clock.GetUtcNow();
        var before = State.Session;
        var decision = SessionRules.Decide(before, input, now);
        if (decision.Refusal is { } refusal) return refusal;
        if (decision.Session is not { } session) return Refusal.NotFound("session");

        if (!ReferenceEquals(session, before) && await Store(session, before) is { } noPlace) return noPlace;
        await Act(session, before, now);

        // The commit may have taken its time, and no answer shows an open session at its end.
        return await Show(session);
    }

    /// <summary>
    /// The session as it is now. What is shown as EXPIRED is stored as EXPIRED first: the clock that says so may be
    /// set back, and the session would be open again.
    /// </summary>
    private async Task<Result<SessionView>> Show(DepositSession session)
    {
        var now = clock.GetUtcNow();
        return SessionRules.StatusAt(session, now) == session.Status
            ? SessionRules.View(session, now)
            : await Apply(new Deadline());
    }

    /// <summary>One commit: the new state and the events that it owes.</summary>
    private async Task<Refusal?> Store(DepositSession session, DepositSession? before)
    {
        var isStored = false;
        try
        {
            State.Session = session;
            await storage.WriteStateAsync(StateName, this.GetGrainId(), loaded!);
            isStored = !State.HasNoPlace;
        }
        finally
        {
            // Whether a failed write took effect is unknown here. The next activation reads the truth.
            if (!isStored)
            {
                State.Session = before;
                DeactivateOnIdle();
            }
        }

        if (State.HasNoPlace) return NoPlace(State.Caps);
        Tell(session, before);
        return null;
    }

    private void Tell(DepositSession session, DepositSession? before)
    {
        foreach (var change in session.Timeline.AsSpan((before?.Sequence ?? 0)..))
        {
            SessionInstruments.Changed(session, change);
            if (change.Cause == ChangeCause.Opened) LogOpened(session.Id, session.WidgetId, session.ExpiresAt);
            else if (change.Cause == ChangeCause.Timeout) LogExpired(session.Id, session.WidgetId);
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
            await GrainFactory.Widget(widgetId).PlaceFreed().WaitAsync(TellWithin);
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
        foreach (var endpoint in State.OwedTo)
            GrainFactory.GetGrain<IWebhookEndpointGrain>(endpoint).Wake().Ignore();
        State.OwedTo = [];
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
        if (State.Session is null) DeactivateOnIdle();
    }

    private DepositSession? VisibleTo(Caller caller) =>
        State.Session is { } session
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

    /// <summary>What becomes of most sessions, and too often for every day's log: the metrics count it.</summary>
    [LoggerMessage(LogLevel.Debug, "Session {SessionId} of widget {WidgetId} is EXPIRED by its time")]
    private partial void LogExpired(string sessionId, string widgetId);

    [LoggerMessage(LogLevel.Debug, "A payment of session {SessionId} of widget {WidgetId} has more confirmations")]
    private partial void LogConfirming(string sessionId, string widgetId);

    [LoggerMessage(LogLevel.Information, "Session {SessionId} of widget {WidgetId} is {Status} by {Cause}")]
    private partial void LogChanged(string sessionId, string widgetId, PaymentStatus status, ChangeCause cause);
}
