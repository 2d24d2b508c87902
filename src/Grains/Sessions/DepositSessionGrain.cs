using Bleepay.Grains.Chains;
using Bleepay.Grains.Telemetry;
using Bleepay.Grains.Webhooks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.GrainDirectory;
using Orleans.Storage;
using Orleans.Utilities;

namespace Bleepay.Grains.Sessions;

/// <summary>
/// The only writer of one session. Each method decides by <see cref="SessionRules"/>, stores the new state
/// and its events in one commit, and only then acts; every act may run twice.
/// </summary>
/// <remarks>
/// Its expiry is its own Orleans reminder. The reminder's row is the session's row: an open session without a
/// reminder can't exist, and a final session is no longer a reminder.
/// </remarks>
[GrainType(GrainTypeName), GrainDirectory(DirectoryName)]
[CollectionAgeLimit(Minutes = 2)]
public sealed partial class DepositSessionGrain(
    ISessionStore store,
    ISessionHomes homes,
    [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider clock,
    IOptions<DepositSessionOptions> sessionOptions,
    WatchedChains chains,
    IOptions<ReminderOptions> reminders,
    ILogger<DepositSessionGrain> logger)
    : Grain, IDepositSessionGrain, IRemindable
{
    public const string GrainTypeName = GrainReferences.DepositSessionType;
    public const string DirectoryName = "sessions";
    public const string ExpireReminder = "expire";

    /// <summary>
    /// Longer than the reminder service's loading window, so that a tick that failed is dropped there and
    /// adopted again by the next refresh, instead of waiting a whole period.
    /// </summary>
    public static readonly TimeSpan ReminderPeriod = TimeSpan.FromMinutes(5);

    private const int AttemptsMax = 3;
    private const string IdTag = "bleepay.session.id";

    private static readonly TimeSpan NotifyTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Null until the first subscription: most sessions never have one.</summary>
    private ObserverManager<ISessionObserver>? observers;

    /// <summary>As last read or written; null without a session.</summary>
    private DepositSession? stored;
    private bool isLoaded;

    /// <summary>The homes by which <see cref="stored"/> was read.</summary>
    private int homesVersion;

    private DepositSession? Session => isLoaded
        ? stored
        : throw new InvalidOperationException("Each call loads the session first.");

    public Task<Result<SessionView>> Create(CreateDepositSession command) => Traces.Continue(
        "session open", IdTag, this, command, static (session, command) => session.Open(command));

    public Task<Result<SessionView>> Read(Caller caller) => Traces.Continue(
        "session read", IdTag, this, caller, static (session, caller) => session.ReadFor(caller));

    public Task<Result<SessionView>> Cancel(Caller caller) => Traces.Continue(
        "session cancel", IdTag, this, caller, static (session, caller) => session.CancelFor(caller));

    public Task<Result<SessionView>> ReportPayment(ReportPayment command) => Traces.Continue(
        "session report-payment", IdTag, this, command, static (session, command) => session.Record(command));

    public Task<Result<SessionView>> EraseCustomer(Caller caller) => Traces.Continue(
        "session erase-customer", IdTag, this, caller, static (session, caller) => session.EraseFor(caller));

    private async Task<Result<SessionView>> Open(CreateDepositSession command)
    {
        // A random id is new, and nearly every one of an Idempotency-Key is. So the insert itself finds out whether the
        // session is there already, unless the session is needed for the answer in any case.
        var isUnread = !isLoaded && command.Refusal is null;
        await Load(isUnread);
        var confirmations = command.Terms is { } terms ? chains.ConfirmationsFor(terms.Network) : 0;
        var creation = new Creation(
            this.GetPrimaryKeyString(), command, sessionOptions.Value.Lifetime, confirmations);
        var created = await Apply(creation);

        // A limit has stopped the insert before it has seen whether the session is there.
        var mayBeThere = isUnread && Session is null && !command.Fingerprint.IsEmpty;
        if (mayBeThere && await Reload()) created = await Apply(creation);
        DeactivateIfAbsent();

        // Its home answers every other call, from the store.
        if (homes.IsGuest(this.GetPrimaryKeyString())) DeactivateOnIdle();
        return created;
    }

    private async Task<Result<SessionView>> ReadFor(Caller caller)
    {
        await Load();
        DeactivateIfAbsent();
        return VisibleTo(caller) is { } session ? await Show(session) : Refusal.NotFound("session");
    }

    private async Task<Result<SessionView>> CancelFor(Caller caller)
    {
        await Load();
        DeactivateIfAbsent();
        if (VisibleTo(caller) is not { } session) return Refusal.NotFound("session");

        // An expired session is refused, so its expiry has to be stored first.
        await Show(session);
        return await Apply(new Cancellation());
    }

    private async Task<Result<SessionView>> EraseFor(Caller caller)
    {
        await Load();
        DeactivateIfAbsent();
        if (Session is not { } session || !caller.IsMemberOf(session.BusinessId))
            return Refusal.NotFound("session");

        // An open session is refused, so the expiry of one that is past its end has to be stored first.
        await Show(session);
        return await Apply(new Erasure());
    }

    private async Task<Result<SessionView>> Record(ReportPayment command)
    {
        await Load();
        DeactivateIfAbsent();
        if (Session is not { } session) return Refusal.NotFound("session");
        if (!command.Caller.ReportsFor(session.BusinessId))
            return VisibleTo(command.Caller) is null ? Refusal.NotFound("session") : MayNotReport;
        if (command.Unacceptable is { } unacceptable) return unacceptable;
        var reported = await Apply(new ReportedPayment(
            command.Payment ?? throw new ArgumentException("A report is of a payment.", nameof(command))));
        if (reported.Refusal is { } refusal) SessionInstruments.Refused(refusal.Code);
        else if (stored is { } after) SessionInstruments.Reported(after.Timeline.AsSpan(session.Sequence..));
        return reported;
    }

    public async Task<Result<SessionView>> Follow(Caller caller, ISessionObserver observer)
    {
        await Load();
        DeactivateIfAbsent();
        if (VisibleTo(caller) is not { } session) return Refusal.NotFound("session");
        if (!session.IsFinal)
        {
            observers ??= new(SessionFollowing.ForgetAfter, logger)
            {
                GetDateTime = () => DateTime.UnixEpoch + clock.Uptime(),
            };
            observers.Subscribe(observer, observer);
        }

        return await Show(session);
    }

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        await Load();
        if (Session is not { IsFinal: false } session) return;

        var early = session.ExpiresAt - clock.GetUtcNow();
        if (early > TimeSpan.Zero) ExpireAfter(early);
        else await Expire();
    }

    private Task<Result<SessionView>> Expire() => Traces.Root("session expire", this, static async session =>
    {
        Traces.Tag(IdTag, session.GetPrimaryKeyString());
        var expired = await session.Apply(new Expiry());
        if (session.stored is { } stored)
            Traces.Tag("bleepay.session.lateness", (stored.Timeline[^1].At - stored.ExpiresAt).TotalSeconds);
        return expired;
    });

    /// <summary>
    /// Reads the session at the first call instead of at the activation, because only the call shows whether there is
    /// anything to read; and again after a silo has joined or left, because the session may have been changed at
    /// another home meanwhile.
    /// </summary>
    private async ValueTask Load(bool isNew = false)
    {
        var version = homes.Version;
        if (isLoaded && version == homesVersion) return;
        if (isLoaded && homes.IsElsewhere(this.GetPrimaryKeyString())) DeactivateOnIdle();
        stored = isNew ? null : await store.Read(this.GetPrimaryKeyString());
        isLoaded = true;
        homesVersion = version;
    }

    /// <returns>True if there is a session.</returns>
    private async Task<bool> Reload()
    {
        isLoaded = false;
        await Load();
        return stored is not null;
    }

    /// <summary>Decides again where another home of the session has changed it since it was read.</summary>
    private async Task<Result<SessionView>> Apply(SessionInput input)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await ApplyOnce(input);
            }
            catch (InconsistentStateException) when (attempt < AttemptsMax)
            {
                await Reload();
            }
        }
    }

    private async Task<Result<SessionView>> ApplyOnce(SessionInput input)
    {
        var now = clock.GetUtcNow();
        var before = Session;
        var decision = SessionRules.Decide(before, input, now);
        if (decision.Refusal is { } refusal) return refusal;
        if (decision.Session is not { } session) return Refusal.NotFound("session");

        if (!ReferenceEquals(session, before))
        {
            var command = (input as Creation)?.Command;
            var commit = await Store(session, before, command?.Caps ?? default, command?.Addresses);
            if (commit.Outcome == SessionCommitOutcome.NoSlot) return SessionRules.NoSlot(command?.Caps ?? default);
            if (commit.Outcome == SessionCommitOutcome.NoAddress) return SessionRules.NoAddress(command!.Addresses!);
            session = Session!;
            RecordChanges(session, before);
            WakeEndpoints(commit.QueuedEndpoints, session);
        }

        await Act(session, before, now);

        // The commit may have taken its time, and no answer shows an open session at its end.
        return await Show(session);
    }

    /// <summary>
    /// The session as it is now. A session that is shown as EXPIRED is stored as EXPIRED first: the clock may be set
    /// back, and the session would be open again.
    /// </summary>
    private ValueTask<Result<SessionView>> Show(DepositSession session)
    {
        var now = clock.GetUtcNow();
        return SessionRules.StatusAt(session, now) == session.Status
            ? ValueTask.FromResult<Result<SessionView>>(View(session, now))
            : new(Apply(new Expiry()));
    }

    private SessionView View(DepositSession session, DateTimeOffset now) =>
        SessionRules.View(session, now, chains.TargetOf(session.Terms));

    /// <summary>One commit: the new state and its events.</summary>
    private async Task<SessionCommit> Store(
        DepositSession session, DepositSession? before, OpenSessionCaps caps, AddressPool? addresses)
    {
        var isStored = false;
        try
        {
            var commit = await store.Write(session, before?.Sequence ?? 0, caps, addresses);
            isStored = commit.IsStored;
            if (isStored) stored = commit.DepositAddress is { } address ? session.At(address) : session;
            return commit;
        }
        finally
        {
            // Whether a failed write took effect is unknown here, so the next activation reads the session again.
            if (!isStored) DeactivateOnIdle();
        }
    }

    private void RecordChanges(DepositSession session, DepositSession? before)
    {
        foreach (var change in session.Timeline.AsSpan((before?.Sequence ?? 0)..))
        {
            SessionInstruments.Changed(session, change);
            if (change.Cause == ChangeCause.Created) LogCreated(session.Id, session.WidgetId, session.ExpiresAt);
            else if (change.Cause == ChangeCause.Timeout) LogExpired(session.Id, session.WidgetId);
            else if (change.Cause == ChangeCause.PaymentConfirming) LogConfirming(session.Id, session.WidgetId);
            else LogChanged(session.Id, session.WidgetId, change.Status, change.Cause);
        }
    }

    private async Task Act(DepositSession session, DepositSession? before, DateTimeOffset now)
    {
        if (observers is not null)
            await observers.Notify(observer => observer.Changed(View(session, clock.GetUtcNow())));

        // A late payment changes a session whose slot is free already.
        var hasEnded = session.IsFinal && before is { IsFinal: false };
        if (hasEnded && session.Slots.HasFlag(CappedSlots.Widget)) await NotifySlotFreed(session.WidgetId);

        // The reminder service adopts the stored row at its next refresh. Only a lifetime that may be over
        // before then, as in a sandbox, has to be announced. Never before the write: a refresh in between
        // would drop it.
        var adoptedInTime = 2 * reminders.Value.RefreshReminderListPeriod;
        if (session.IsFinal || session.ExpiresAt - session.CreatedAt >= adoptedInTime) return;

        var due = session.ExpiresAt - now;
        await this.RegisterOrUpdateReminder(ExpireReminder, due > TimeSpan.Zero ? due : TimeSpan.Zero, ReminderPeriod);
    }

    /// <summary>A widget that misses this asks the store again a second later.</summary>
    private async Task NotifySlotFreed(string widgetId)
    {
        try
        {
            await GrainFactory.WidgetPolicy(widgetId).SlotFreed().WaitAsync(NotifyTimeout);
        }
        catch (Exception failure) when (failure is TimeoutException or OrleansException)
        {
            LogNotNotified(failure, widgetId);
        }
    }

    /// <summary>
    /// The commit has queued the events, where the endpoints find them again; this makes them send at once.
    /// </summary>
    private void WakeEndpoints(IReadOnlyList<string> endpoints, DepositSession changed)
    {
        foreach (var endpoint in endpoints)
        {
            var delivery = new DeliveryKey(endpoint, changed.Id, changed.Sequence);
            GrainFactory.GetGrain<IWebhookEndpointGrain>(endpoint).Wake(delivery).Ignore();
        }
    }

    /// <summary>
    /// A tick of a silo whose clock runs ahead is not lost: it waits here for this silo's clock.
    /// </summary>
    private void ExpireAfter(TimeSpan rest) =>
        this.RegisterGrainTimer(
            (_, _) => Expire(),
            (object?)null,
            new GrainTimerCreationOptions(rest, Timeout.InfiniteTimeSpan) { KeepAlive = true });

    /// <summary>An id without a session leaves nothing in memory.</summary>
    private void DeactivateIfAbsent()
    {
        if (Session is null) DeactivateOnIdle();
    }

    private DepositSession? VisibleTo(Caller caller) =>
        Session is { } session
        && (caller is SessionSecretHolder || caller.IsMemberOf(session.BusinessId))
            ? session
            : null;

    private static readonly Refusal MayNotReport = new(
        RefusalCode.Forbidden, "Only a token with the scope payments:report may report payments.");

    [LoggerMessage(LogLevel.Debug, "Widget {WidgetId} was not notified of a free slot")]
    private partial void LogNotNotified(Exception exception, string widgetId);

    [LoggerMessage(LogLevel.Debug, "Session {SessionId} of widget {WidgetId} created; it expires at {ExpiresAt}")]
    private partial void LogCreated(string sessionId, string widgetId, DateTimeOffset expiresAt);

    /// <summary>Debug, because most sessions expire; the metric counts them.</summary>
    [LoggerMessage(LogLevel.Debug, "Session {SessionId} of widget {WidgetId} has expired")]
    private partial void LogExpired(string sessionId, string widgetId);

    [LoggerMessage(LogLevel.Debug, "A payment of session {SessionId} of widget {WidgetId} has more confirmations")]
    private partial void LogConfirming(string sessionId, string widgetId);

    [LoggerMessage(LogLevel.Information, "Session {SessionId} of widget {WidgetId} is {Status} by {Cause}")]
    private partial void LogChanged(string sessionId, string widgetId, PaymentStatus status, ChangeCause cause);
}
