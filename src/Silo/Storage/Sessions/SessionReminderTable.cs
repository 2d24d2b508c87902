using Bleepay.Grains.Sessions;
using Microsoft.Extensions.Options;
using Orleans.Reminders;

namespace Bleepay.Silo.Storage.Sessions;

/// <summary>
/// The reminder table of the silo. A session's reminder has no separate row: an open session <em>is</em>
/// one, served from the session store. Reminders of all other grains are in the stock table behind this one.
/// </summary>
/// <remarks>
/// The reminder service reads all rows of its range at every refresh, and this table answers with those
/// that are due soon. That is safe because the service itself keeps only what is due within its loading
/// window, and drops what it no longer sees without a trace in the store. It keeps the time that a row had when it saw
/// it first, so a row that is served with another time later is not moved.
/// </remarks>
/// <param name="activeSilos">How many silos share the ring, to compute which part of it a range is.</param>
internal sealed class SessionReminderTable(
    IReminderTable others,
    SessionStore sessions,
    [FromKeyedServices(ReminderTimeProviderNames.Reminders)] TimeProvider clock,
    IOptions<ReminderOptions> options,
    Func<int> activeSilos) : IReminderTable
{
    /// <summary>
    /// The same for every session at all times: one that followed the session's version would have the reminder
    /// rescheduled at each write, and a period could be skipped.
    /// </summary>
    private const string SessionETag = "session";

    /// <summary>Covers the clocks of silos that differ, and the time that the query takes.</summary>
    private static readonly TimeSpan HorizonMargin = TimeSpan.FromSeconds(15);

    /// <summary>
    /// A reminder whose time has passed would fire a whole period later: those are moved on to come soon.
    /// </summary>
    private static readonly TimeSpan OverdueBelow = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan OverdueDelay = TimeSpan.FromSeconds(1);

    private static readonly GrainType SessionType = GrainType.Create(DepositSessionGrain.GrainTypeName);

    /// <summary>What is measured of expiries that do not come.</summary>
    public OverdueSessions Overdue { get; } = new();

    public Task StartAsync(CancellationToken cancellationToken) => others.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => others.StopAsync(cancellationToken);

    public async Task<ReminderTableData> ReadRows(uint begin, uint end)
    {
        var now = clock.GetUtcNow();
        var horizon = now + options.Value.ReminderLoadingWindow + HorizonMargin;
        var due = sessions.ReadDue(new DueQuery(begin, end, horizon));
        var stock = await others.ReadRows(begin, end);
        var ticksPerSecond =
            TickPace.TicksPerSecond * Math.Max(1, activeSilos()) * TickPace.ShareOfRing(begin, end);
        var sessionsDue = await due;
        Overdue.Seen(begin, end, sessionsDue, now);
        return new ReminderTableData([.. stock.Reminders, .. Paced(sessionsDue, ticksPerSecond, now)]);
    }

    public async Task<ReminderTableData> ReadRows(GrainId grainId)
    {
        if (!IsSession(grainId)) return await others.ReadRows(grainId);
        return await ReadRow(grainId, DepositSessionGrain.ExpireReminder) is { } entry
            ? new ReminderTableData([entry])
            : new ReminderTableData();
    }

    public async Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName)
    {
        if (!IsSession(grainId)) return await others.ReadRow(grainId, reminderName);
        return await ReadOpen(grainId, reminderName) is { } session
            ? Entry(session.Id, At(session.ExpiresAt, clock.GetUtcNow()))
            : null;
    }

    /// <summary>For a session there is nothing left to do: its own commit has stored the reminder.</summary>
    /// <exception cref="NotSupportedException">A session has one reminder; another would be stored nowhere.</exception>
    public async Task<string?> UpsertRow(ReminderEntry entry)
    {
        if (!IsSession(entry.GrainId)) return await others.UpsertRow(entry);
        return entry.ReminderName == DepositSessionGrain.ExpireReminder
            ? SessionETag
            : throw new NotSupportedException($"A session's only reminder is {DepositSessionGrain.ExpireReminder}.");
    }

    /// <summary>
    /// For a session, returns whether the row is gone, which only the session's end can cause.
    /// </summary>
    public async Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag) =>
        IsSession(grainId)
            ? await ReadOpen(grainId, reminderName) is null
            : await others.RemoveRow(grainId, reminderName, eTag);

    public Task TestOnlyClearTable() => others.TestOnlyClearTable();

    private static bool IsSession(GrainId grainId) => grainId.Type == SessionType;

    private async Task<DepositSession?> ReadOpen(GrainId grainId, string reminderName) =>
        reminderName == DepositSessionGrain.ExpireReminder
        && await sessions.Read(grainId.Key.ToString()!) is { IsFinal: false } session
            ? session
            : null;

    /// <summary>
    /// What is overdue and does not fit into the window is left to a later refresh: the service would drop it.
    /// </summary>
    private IEnumerable<ReminderEntry> Paced(IReadOnlyList<DueSession> due, double ticksPerSecond, DateTimeOffset now)
    {
        var byEnd = due
            .OrderBy(session => session.ExpiresAt)
            .ThenBy(session => session.Id, StringComparer.Ordinal)
            .ToLookup(session => IsOverdue(session.ExpiresAt, now));
        var overdue = byEnd[true].ToList();
        var coming = byEnd[false].ToList();
        var soon = TickPace.SpreadOverdue(overdue.Count, now + OverdueDelay, ticksPerSecond);
        var later = TickPace.Spread([.. coming.Select(session => session.ExpiresAt)], ticksPerSecond);
        return overdue.Zip(soon)
            .TakeWhile(tick => tick.Second < now + options.Value.ReminderLoadingWindow)
            .Concat(coming.Zip(later))
            .Select(tick => Entry(tick.First.Id, tick.Second));
    }

    private static DateTimeOffset At(DateTimeOffset expiresAt, DateTimeOffset now) =>
        IsOverdue(expiresAt, now) ? now + OverdueDelay : expiresAt;

    private static bool IsOverdue(DateTimeOffset expiresAt, DateTimeOffset now) => expiresAt < now + OverdueBelow;

    private static ReminderEntry Entry(string sessionId, DateTimeOffset at) => new()
    {
        GrainId = GrainId.Create(SessionType, IdSpan.Create(sessionId)),
        ReminderName = DepositSessionGrain.ExpireReminder,
        StartAt = at.UtcDateTime,
        Period = DepositSessionGrain.ReminderPeriod,
        ETag = SessionETag,
    };
}
