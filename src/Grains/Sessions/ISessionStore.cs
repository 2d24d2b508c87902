using Orleans.Storage;

namespace Bleepay.Grains.Sessions;

/// <summary>The durable home of all sessions, which the host provides.</summary>
public interface ISessionStore
{
    /// <summary>The session as stored, or null when there is none.</summary>
    /// <exception cref="UnavailableException">The store can't serve at the moment.</exception>
    Task<DepositSession?> Read(string id);

    /// <summary>
    /// Stores a session with its new changes, and queues their webhook events, in one commit that is durable when this
    /// returns.
    /// </summary>
    /// <param name="storedSequence">The session's sequence as it was last read or written; 0 for a new session.</param>
    /// <param name="caps">The caps that a new session must find a slot under; any other session ignores them.</param>
    /// <param name="addresses">For a new session whose deposit address is to be chosen, by the same commit; null for
    /// any other.</param>
    /// <exception cref="InconsistentStateException">Another activation has written the session since.</exception>
    /// <exception cref="UnavailableException">Whether the session is stored is unknown.</exception>
    Task<SessionCommit> Write(
        DepositSession session, int storedSequence, OpenSessionCaps caps, AddressPool? addresses = null);

    /// <summary>Finds sessions as they are stored, newest first.</summary>
    /// <returns>The page, or <c>RateLimit</c> when too many searches of the business wait already.</returns>
    /// <exception cref="UnavailableException">The store can't serve at the moment.</exception>
    /// <exception cref="OperationCanceledException">The search was cancelled.</exception>
    Task<Result<SessionPage>> Find(SessionSearch search, CancellationToken cancellation);
}

/// <summary>What a write to the session store has done.</summary>
/// <param name="Outcome">Nothing is stored unless it is <see cref="SessionCommitOutcome.Stored"/>.</param>
/// <param name="QueuedEndpoints">The webhook endpoints that have an event of this commit in their queue.</param>
/// <param name="DepositAddress">The address that was chosen for the session; null if none was to be.</param>
public readonly record struct SessionCommit(
    SessionCommitOutcome Outcome, IReadOnlyList<string> QueuedEndpoints, string? DepositAddress = null)
{
    public bool IsStored => Outcome == SessionCommitOutcome.Stored;
}

/// <summary>Whether a write was stored, and which limit has prevented it.</summary>
public enum SessionCommitOutcome
{
    Stored,

    /// <summary>A cap on open sessions leaves no slot.</summary>
    NoSlot,

    /// <summary>Each of the deposit addresses is used by a session, or rests.</summary>
    NoAddress,
}

/// <summary>A search for sessions, as of a moment.</summary>
/// <param name="Now">Decides whether an open session is past its end.</param>
/// <param name="Lifetime">Of a session that is opened now. A younger session is not past its end, so the search looks
/// only at the older ones.</param>
public sealed record SessionSearch(string BusinessId, SessionQuery Query, DateTimeOffset Now, TimeSpan Lifetime);
