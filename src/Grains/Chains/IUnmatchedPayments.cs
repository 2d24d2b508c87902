namespace Bleepay.Grains.Chains;

/// <summary>The payments that no session took, for the merchant to assign. The host provides it.</summary>
public interface IUnmatchedPayments
{
    /// <summary>One page of the payments of a business that are not removed, the latest seen first.</summary>
    /// <returns>The page, or <c>RateLimit</c> when too many reads of the business wait already.</returns>
    /// <exception cref="UnavailableException">The store can't serve at the moment.</exception>
    /// <exception cref="OperationCanceledException">The read was cancelled.</exception>
    Task<Result<UnmatchedPage>> Find(string businessId, UnmatchedQuery query, CancellationToken cancellation);

    /// <summary>The payment, also one that is assigned; null for one that is unknown or removed.</summary>
    Task<UnmatchedPayment?> Find(string id);

    /// <summary>Assigns a payment to a session, durably when this returns. Safe to repeat.</summary>
    /// <returns>Null if it is removed, is assigned to another session, or is recorded by another session of the
    /// business.</returns>
    Task<UnmatchedClaim?> Claim(string id, string sessionId, DateTimeOffset now);

    /// <summary>Takes the assignment to this session back. Safe to repeat.</summary>
    Task Release(string id, string sessionId);
}

/// <summary>A payment that is assigned to a session.</summary>
/// <param name="BlockTime">The time of its block.</param>
/// <param name="IsSettled">True if the transfer is final, so that no watcher reports it again.</param>
public sealed record UnmatchedClaim(UnmatchedPayment Payment, DateTimeOffset BlockTime, bool IsSettled);
