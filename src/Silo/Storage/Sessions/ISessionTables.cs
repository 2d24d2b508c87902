using Bleepay.Grains.Sessions;
using Bleepay.Grains.Webhooks;

namespace Bleepay.Silo.Storage.Sessions;

/// <summary>
/// Reads and writes the sessions of one database, in batches. The store's queues and guarantees are the same on every
/// database; only this differs.
/// </summary>
internal interface ISessionTables
{
    /// <summary>
    /// Stores every session with its new changes in one durable commit. A session that is refused leaves no trace and
    /// has no effect on the others.
    /// </summary>
    /// <remarks>
    /// It never waits for a counter of open sessions: a write that needs a counter of another commit returns
    /// <see cref="SessionWriteOutcome.Busy"/>, so that one capped widget never delays other sessions.
    /// </remarks>
    /// <returns>The result of each write, in the order of the batch.</returns>
    IReadOnlyList<SessionWriteResult> Write(IReadOnlyList<SessionWrite> batch);

    /// <summary>
    /// The same, but waits for the counters, up to <see cref="PostgreSql.PostgreSqlDatabase.LockTimeout"/>.
    /// </summary>
    IReadOnlyList<SessionWriteResult> WriteContended(IReadOnlyList<SessionWrite> batch);

    /// <summary>
    /// Stores sessions whose last change is that the customer's data was erased, in one durable commit. It also puts
    /// the present bodies in the place of the webhook bodies that are stored, deletes the receivers' answers, and
    /// deletes the session's counter of its customer reference if that is at zero.
    /// </summary>
    /// <returns>The result of each write, in the order of the batch.</returns>
    IReadOnlyList<SessionWriteResult> Erase(IReadOnlyList<SessionWrite> batch);

    /// <summary>The sessions with these ids, in their order; null where there is none.</summary>
    IReadOnlyList<DepositSession?> Read(IReadOnlyList<string> ids);

    /// <summary>For each query, the open sessions in its part of the ring that end by its horizon.</summary>
    IReadOnlyList<IReadOnlyList<DueSession>> ReadDue(IReadOnlyList<DueQuery> queries);
}

/// <summary>One session to be stored.</summary>
/// <param name="StoredSequence">The sequence that the row must have now; 0 when there must be no row.</param>
/// <param name="Caps">For a new session, the caps that must still hold with it.</param>
/// <param name="Addresses">For a new session whose deposit address is to be chosen, those to choose from.</param>
internal sealed record SessionWrite(
    DepositSession Session, int StoredSequence, OpenSessionCaps Caps, AddressPool? Addresses = null)
{
    /// <summary>Where a session that has ended since is still in the way of another at its address.</summary>
    public DateTimeOffset FreeBefore => Session.CreatedAt - (Addresses?.Rest ?? TimeSpan.Zero);

    public bool IsNew => StoredSequence == 0;

    /// <summary>
    /// True only for the write that takes the session from open to final. A late payment is another write of a final
    /// session.
    /// </summary>
    public bool EndsSession => !IsNew && Session.IsFinal && !Session.Timeline[StoredSequence - 1].Status.IsFinal();

    /// <summary>The changes that are not stored yet.</summary>
    public IEnumerable<SessionEvent> NewEvents =>
        NewChanges.Select(change => new SessionEvent(Session.Id, change));

    /// <summary>The payments that these changes are about.</summary>
    public IEnumerable<SessionPayment> ChangedPayments => Session.Payments.IsEmpty
        ? []
        : Session.Payments
            .IntersectBy(NewChanges.Select(change => change.Payment), payment => payment.Key)
            .Select(payment => new SessionPayment(Session.Id, payment));

    /// <summary>The bodies of all webhooks of the session, without the data that was erased.</summary>
    public IEnumerable<ErasedBody> ErasedBodies => DepositEvent.Bodies(Session)
        .Select(entry => new ErasedBody(Session.Id, entry.Change.Sequence, entry.Change.At, entry.Body));

    private IEnumerable<SessionChange> NewChanges => Session.Timeline.Skip(StoredSequence);
}

/// <summary>The body that takes the place of a stored webhook's.</summary>
/// <param name="At">When the event happened, which is when its deliveries were created.</param>
internal sealed record ErasedBody(string SessionId, int Sequence, DateTimeOffset At, string Body);

/// <summary>The outcome of one write.</summary>
/// <param name="QueuedEndpoints">The webhook endpoints for which the commit has queued an event of the session.</param>
/// <param name="DepositAddress">The address that was chosen for the session, or null.</param>
internal readonly record struct SessionWriteResult(
    SessionWriteOutcome Outcome, IReadOnlyList<string> QueuedEndpoints, string? DepositAddress = null)
{
    /// <summary>A result without events.</summary>
    public static SessionWriteResult Of(SessionWriteOutcome outcome) => new(outcome, []);
}

internal enum SessionWriteOutcome
{
    Stored,

    /// <summary>The stored row does not have the expected sequence: another activation has written it.</summary>
    Conflict,

    /// <summary>A cap on open sessions leaves no slot.</summary>
    NoSlot,

    /// <summary>
    /// Another commit holds a counter or the addresses that the session needs. Nothing of the session is stored.
    /// </summary>
    Busy,

    /// <summary>No deposit address is free.</summary>
    NoAddress,
}

/// <summary>An open session and its end.</summary>
internal readonly record struct DueSession(string Id, DateTimeOffset ExpiresAt);

/// <summary>A part of Orleans' ring, <c>(Begin, End]</c>, and the latest end to look for.</summary>
internal readonly record struct DueQuery(uint Begin, uint End, DateTimeOffset Horizon);
