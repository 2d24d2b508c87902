using Bleepay.Grains.Sessions;

namespace Bleepay.Silo.Storage;

/// <summary>
/// What the session store needs of a database, in batches. The store's queues and guarantees are the same on
/// every database; only this differs.
/// </summary>
internal interface ISessionDialect
{
    /// <summary>
    /// Stores every session with its new events in one durable commit, and answers for each. A refused one
    /// leaves no trace and does not harm the others.
    /// </summary>
    /// <remarks>
    /// It never waits for a counter of open sessions: what needs one that another commit holds is answered with
    /// <see cref="SessionWriteOutcome.Busy"/>, so that one capped widget never holds up other sessions.
    /// </remarks>
    IReadOnlyList<SessionWriteOutcome> Write(IReadOnlyList<SessionWrite> batch);

    /// <summary>
    /// The same, but waits for the counters, up to <see cref="PostgreSql.PostgreSqlDatabase.LockTimeout"/>.
    /// </summary>
    IReadOnlyList<SessionWriteOutcome> WriteContended(IReadOnlyList<SessionWrite> batch);

    /// <summary>The sessions of these ids, null where there is none.</summary>
    IReadOnlyList<DepositSession?> Read(IReadOnlyList<string> ids);

    /// <summary>
    /// For each question, the open sessions of that part of the ring that end by its horizon.
    /// </summary>
    IReadOnlyList<IReadOnlyList<DueSession>> ReadDue(IReadOnlyList<DueQuery> queries);
}

/// <summary>One session to be stored.</summary>
/// <param name="StoredSequence">The sequence that the row must have now; 0 when there must be no row.</param>
/// <param name="Caps">For a new session, the caps that must still hold with it.</param>
internal sealed record SessionWrite(DepositSession Session, int StoredSequence, OpenSessionCaps Caps)
{
    public bool IsNew => StoredSequence == 0;

    /// <summary>
    /// True for the one write that takes the session from open to final, and no other: a final session is
    /// written again when money comes late.
    /// </summary>
    public bool EndsSession => !IsNew && Session.IsFinal && !Session.Timeline[StoredSequence - 1].Status.IsFinal();

    /// <summary>What is not stored yet.</summary>
    public IEnumerable<SessionChange> NewChanges => Session.Timeline.Skip(StoredSequence);

    /// <summary>The payments that these changes are about.</summary>
    public IEnumerable<Payment> ChangedPayments => Session.Payments.IsEmpty
        ? []
        : Session.Payments.IntersectBy(NewChanges.Select(change => change.Payment), payment => payment.Key);

    /// <summary>Set by the commit: the webhook endpoints that it owes an event of this session to.</summary>
    public IReadOnlyList<string> OwedTo { get; set; } = [];
}

internal enum SessionWriteOutcome
{
    Stored,

    /// <summary>The row is not what the writer believed: somebody else has written it.</summary>
    Conflict,

    /// <summary>A cap on open sessions leaves no place.</summary>
    NoPlace,

    /// <summary>Another commit holds a counter that the session needs. Nothing of it is stored.</summary>
    Busy,
}

/// <summary>An open session and its end.</summary>
internal readonly record struct DueSession(string Id, DateTimeOffset ExpiresAt);

/// <summary>A part of Orleans' ring, <c>(Begin, End]</c>, and the latest end that is asked for.</summary>
internal readonly record struct DueQuery(uint Begin, uint End, DateTimeOffset Horizon);
