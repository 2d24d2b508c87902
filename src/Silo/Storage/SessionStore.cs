using Bleepay.Grains.Sessions;

namespace Bleepay.Silo.Storage;

/// <summary>
/// The durable home of all sessions. A write is acknowledged only after the commit that holds it; commits and
/// reads are shared by all who wait at the time. Expiries have commits of their own: thousands may be due at once, and
/// whoever opens a session does not wait for a commit that holds them.
/// </summary>
/// <remarks>
/// These commits never wait for the counter of a capped widget. A write that finds its counter held by another node
/// goes to a queue whose commits wait, so that a counter which stays locked delays only contended widgets.
/// </remarks>
internal sealed class SessionStore(ISessionDialect dialect) : IDisposable
{
    public const int WritesWaitingMax = 20_000;
    public const int WritesInCommitMax = 500;
    public const int ExpiriesWaitingMax = 20_000;

    /// <summary>Few, because on SQLite commits of both kinds take turns.</summary>
    public const int ExpiriesInCommitMax = 100;
    public const int ContendedWaitingMax = 20_000;
    public const int ReadsWaitingMax = 100_000;
    public const int ReadsTogetherMax = 1_000;

    private const int RangesWaitingMax = 1_000;
    private const int RangesTogetherMax = 30;

    private readonly BatchQueue<SessionWrite, SessionWriteOutcome> writes =
        new("session writer", WritesWaitingMax, WritesInCommitMax, dialect.Write);

    private readonly BatchQueue<SessionWrite, SessionWriteOutcome> expiries =
        new("session expiry", ExpiriesWaitingMax, ExpiriesInCommitMax, dialect.Write);

    private readonly BatchQueue<SessionWrite, SessionWriteOutcome> contended =
        new("writer of contended widgets", ContendedWaitingMax, WritesInCommitMax, dialect.WriteContended);

    private readonly BatchQueue<string, DepositSession?> reads =
        new("session reader", ReadsWaitingMax, ReadsTogetherMax, dialect.Read);

    private readonly BatchQueue<DueQuery, IReadOnlyList<DueSession>> dues =
        new("reader of due sessions", RangesWaitingMax, RangesTogetherMax, dialect.ReadDue);

    /// <exception cref="Grains.UnavailableException">A queue is full, the commit failed, or the widget's counter stayed
    /// locked.</exception>
    public async Task<SessionWriteOutcome> Write(SessionWrite write)
    {
        var queue = write.Session.Timeline[^1].Cause == ChangeCause.Timeout ? expiries : writes;
        var outcome = await queue.Ask(write);
        if (outcome == SessionWriteOutcome.Busy) outcome = await contended.Ask(write);
        return outcome != SessionWriteOutcome.Busy
            ? outcome
            : throw new Grains.UnavailableException("The counter of the widget's open sessions is locked.");
    }

    public Task<DepositSession?> Read(string id) => reads.Ask(id);

    public Task<IReadOnlyList<DueSession>> ReadDue(DueQuery query) => dues.Ask(query);

    public void Dispose()
    {
        writes.Dispose();
        expiries.Dispose();
        contended.Dispose();
        reads.Dispose();
        dues.Dispose();
    }
}
