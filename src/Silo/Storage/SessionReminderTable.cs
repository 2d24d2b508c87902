using Bleepay.Grains.Sessions;
using Microsoft.Extensions.Options;
using Orleans.Reminders;

namespace Bleepay.Silo.Storage;

/// <summary>
/// The reminder table of the silo. A session's reminder has no row of its own: an open session <em>is</em>
/// one, served from the session store. Every other grain's reminders lie in the stock table behind this one.
/// </summary>
/// <remarks>
/// The reminder service asks for all rows of its range at every refresh, and this table answers with those
/// that are due soon. That is safe because the service itself keeps only what is due within its loading
/// window, and drops what it no longer sees without a trace in the store.
/// </remarks>
internal sealed class SessionReminderTable(
    IReminderTable others,
    SessionStore sessions,
    [FromKeyedServices(ReminderTimeProviderNames.Reminders)] TimeProvider clock,
    IOptions<ReminderOptions> options) : IReminderTable
{
    /// <summary>
    /// The same for every session for ever: one that followed the session's version would have the reminder
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
    private static readonly TimeSpan OverdueJitter = TimeSpan.FromSeconds(1);

    private static readonly GrainType SessionType = GrainType.Create(DepositSessionGrain.GrainTypeName);

    public Task StartAsync(CancellationToken cancellationToken) => others.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => others.StopAsync(cancellationToken);

    public async Task<ReminderTableData> ReadRows(uint begin, uint end)
    {
        var now = clock.GetUtcNow();
        var horizon = now + options.Value.ReminderLoadingWindow + HorizonMargin;
        var due = sessions.ReadDue(new DueQuery(begin, end, horizon));
        var stock = await others.ReadRows(begin, end);
        return new ReminderTableData(
            [.. stock.Reminders, .. (await due).Select(session => Entry(session.Id, session.ExpiresAt, now))]);
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
            ? Entry(session.Id, session.ExpiresAt, clock.GetUtcNow())
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
    /// For a session it tells whether the row is gone, which only the session's own end brings about.
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

    private static ReminderEntry Entry(string sessionId, DateTimeOffset expiresAt, DateTimeOffset now) => new()
    {
        GrainId = GrainId.Create(SessionType, IdSpan.Create(sessionId)),
        ReminderName = DepositSessionGrain.ExpireReminder,
        StartAt = (expiresAt < now + OverdueBelow ? Soon(now) : expiresAt).UtcDateTime,
        Period = DepositSessionGrain.ReminderPeriod,
        ETag = SessionETag,
    };

#pragma warning disable CA5394 // The jitter spreads load; nobody gains by guessing it.
    private static DateTimeOffset Soon(DateTimeOffset now) =>
        now + OverdueDelay + (OverdueJitter * Random.Shared.NextDouble());
#pragma warning restore CA5394
}
