namespace Bleepay.Grains.Chains;

/// <summary>What a watcher of a chain needs of the database. The host provides it.</summary>
public interface IChainStore
{
    /// <summary>Open sessions of one business that are read for one recipient, the oldest first.</summary>
    const int OpenSessionsMax = 33;

    /// <summary>Ended sessions of one business that are read for one recipient, the newest first.</summary>
    const int EndedSessionsMax = 33;

    /// <summary>
    /// Reads what is stored of the recipients of these transfers, as of one moment. A recipient whose address no
    /// session has ever used on this network is left out; most of a block's are.
    /// </summary>
    /// <returns>One entry for each recipient and business.</returns>
    /// <exception cref="UnavailableException">The store can't serve at the moment.</exception>
    Task<IReadOnlyList<StoredRecipient>> Read(TransferQuery query);

    /// <summary>Transfers that <see cref="ReadPending"/> returns at most.</summary>
    const int PendingMax = 100_000;

    /// <summary>Transfers that <see cref="ReadFinal"/> returns at most.</summary>
    const int FinalMax = 10_000;

    /// <summary>
    /// Reads the transfers that are recorded as seen in a block and that are neither final nor removed, the latest
    /// first: for sessions, and as unmatched.
    /// </summary>
    /// <param name="network">The network of all of them.</param>
    /// <returns>What is stored of each. A session's payment has no block, and the time of its first sight.</returns>
    /// <exception cref="UnavailableException">The store can't serve at the moment.</exception>
    Task<IReadOnlyList<TransferDecision>> ReadPending(string network);

    /// <summary>
    /// Reads the transfers that became final after a time, the latest first: of sessions, and unmatched ones that
    /// are not assigned.
    /// </summary>
    /// <inheritdoc cref="ReadPending" path="/param|/returns|/exception"/>
    /// <param name="since">All that became final later are read; it may be earlier than necessary.</param>
    Task<IReadOnlyList<TransferDecision>> ReadFinal(string network, DateTimeOffset since);

    /// <summary>Every deposit address that sessions have used on this network, in lower case.</summary>
    /// <param name="max">The number of them that is of use.</param>
    /// <returns>Null where there are more, or where they can't be read at little cost.</returns>
    /// <exception cref="UnavailableException">The store can't serve at the moment.</exception>
    Task<IReadOnlyList<string>?> ReadAddresses(string network, int max);

    /// <summary>
    /// Records transfers that no session took, in one commit that is durable when this returns, together with the event
    /// of each one that is new. Of one that is recorded already it updates the block, the confirmations and whether it
    /// is removed. Safe to repeat.
    /// </summary>
    /// <exception cref="UnavailableException">Whether they are recorded is unknown.</exception>
    Task<UnmatchedCommit> Record(IReadOnlyList<UnmatchedSighting> sightings, DateTimeOffset now);
}

/// <summary>The transfers of one block, or of several blocks that follow each other, in block order.</summary>
/// <param name="Network">Of all of them.</param>
/// <param name="Now">Decides whether a session is past its end.</param>
/// <param name="Lifetime">Of a session that is opened now: no older session is open.</param>
/// <param name="LateWindow">How long before a block a session may have ended and still be paid by it.</param>
public sealed record TransferQuery(
    string Network,
    IReadOnlyList<Transfer> Transfers,
    DateTimeOffset Now,
    TimeSpan Lifetime,
    TimeSpan LateWindow);

/// <summary>A transfer that no session took, as the chain shows it at one moment.</summary>
/// <param name="Currency">The token's symbol in the catalogue.</param>
/// <param name="Confirmations">1 or more; 0 when it is removed.</param>
/// <param name="IsSettled">True if the transfer is final: nothing more is read of it.</param>
/// <param name="IsRemoved">True if it has vanished in a reorganisation.</param>
public sealed record UnmatchedSighting(
    UnmatchedTransfer Unmatched, string Currency, int Confirmations, bool IsSettled, bool IsRemoved);

/// <summary>What the store has done with sightings.</summary>
/// <param name="SessionIds">For each sighting, the session that the payment is assigned to, or null. The
/// caller reports the sighting to that session.</param>
/// <param name="QueuedEndpoints">The webhook endpoints that have an event of this commit in their queue.</param>
public sealed record UnmatchedCommit(IReadOnlyList<string?> SessionIds, IReadOnlyList<string> QueuedEndpoints);
