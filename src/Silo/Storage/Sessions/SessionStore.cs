using Bleepay.Grains;
using Bleepay.Grains.Sessions;
using Orleans.Storage;

namespace Bleepay.Silo.Storage.Sessions;

/// <summary>
/// Shares commits and reads among all callers that wait at the time. A write returns only after the commit that holds
/// it. Expiries are committed separately: thousands may be due at once, and a session that is created must not wait
/// for a commit that holds them.
/// </summary>
/// <remarks>
/// These commits never wait for the counter of a capped widget. A write that finds its counter held by another node
/// goes to a queue whose commits wait, so that a counter which stays locked delays only contended widgets.
/// </remarks>
internal sealed class SessionStore(ISessionTables tables, SessionLists lists) : ISessionStore, IDisposable
{
    public const int WritesWaitingMax = 20_000;
    public const int WritesInCommitMax = 500;
    public const int ExpiriesWaitingMax = 20_000;

    /// <summary>Few, because on SQLite commits of both kinds take turns.</summary>
    public const int ExpiriesInCommitMax = 100;
    public const int ContendedWaitingMax = 20_000;
    public const int ErasuresWaitingMax = 20_000;
    public const int ErasuresInCommitMax = 100;
    public const int ReadsWaitingMax = 100_000;
    public const int ReadsTogetherMax = 1_000;

    /// <summary>Of every commit of sessions in traces.</summary>
    public const string CommitSpan = "session commit";

    private const int RangesWaitingMax = 1_000;
    private const int RangesTogetherMax = 30;

    private readonly BatchQueue<SessionWrite, SessionWriteResult> writes =
        new("session writer", WritesWaitingMax, WritesInCommitMax, tables.Write, CommitSpan);

    private readonly BatchQueue<SessionWrite, SessionWriteResult> expiries =
        new("session expiry", ExpiriesWaitingMax, ExpiriesInCommitMax, tables.Write, CommitSpan);

    private readonly BatchQueue<SessionWrite, SessionWriteResult> contended =
        new("writer of contended widgets", ContendedWaitingMax, WritesInCommitMax, tables.WriteContended, CommitSpan);

    private readonly BatchQueue<SessionWrite, SessionWriteResult> erasures =
        new("session erasure", ErasuresWaitingMax, ErasuresInCommitMax, tables.Erase, CommitSpan);

    private readonly BatchQueue<string, DepositSession?> reads =
        new("session reader", ReadsWaitingMax, ReadsTogetherMax, tables.Read);

    private readonly BatchQueue<DueQuery, IReadOnlyList<DueSession>> dues =
        new("reader of due sessions", RangesWaitingMax, RangesTogetherMax, tables.ReadDue);

    /// <summary>True if more new sessions and payments wait than one commit takes: other work should wait.</summary>
    public bool HasBacklog => ((IMeasuredQueue)writes).WaitingCount > WritesInCommitMax;

    /// <inheritdoc/>
    /// <exception cref="UnavailableException">A queue is full, the commit failed, or the widget's counter stayed
    /// locked.</exception>
    public async Task<SessionCommit> Write(
        DepositSession session, int storedSequence, OpenSessionCaps caps, AddressPool? addresses = null)
    {
        var queue = session.Timeline[^1].Cause switch
        {
            ChangeCause.Timeout => expiries,
            ChangeCause.CustomerErased => erasures,
            _ => writes,
        };
        var write = new SessionWrite(session, storedSequence, caps, addresses);
        var result = await queue.Submit(write);
        if (result.Outcome == SessionWriteOutcome.Busy) result = await contended.Submit(write);
        return result.Outcome switch
        {
            SessionWriteOutcome.Stored => new SessionCommit(
                SessionCommitOutcome.Stored, result.QueuedEndpoints, result.DepositAddress),
            SessionWriteOutcome.NoSlot => new SessionCommit(SessionCommitOutcome.NoSlot, []),
            SessionWriteOutcome.NoAddress => new SessionCommit(SessionCommitOutcome.NoAddress, []),
            SessionWriteOutcome.Conflict =>
                throw new InconsistentStateException("The session was written by another activation."),
            _ => throw new UnavailableException("The widget's counter of open sessions or its addresses are locked."),
        };
    }

    public Task<DepositSession?> Read(string id) => reads.Submit(id);

    public Task<Result<SessionPage>> Find(SessionSearch search, CancellationToken cancellation) =>
        lists.Find(search, cancellation);

    public Task<IReadOnlyList<DueSession>> ReadDue(DueQuery query) => dues.Submit(query);

    public void Dispose()
    {
        writes.Dispose();
        expiries.Dispose();
        contended.Dispose();
        erasures.Dispose();
        reads.Dispose();
        dues.Dispose();
    }
}
