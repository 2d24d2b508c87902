using System.Collections.Immutable;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Sessions;

namespace Bleepay.Grains.Chains;

/// <summary>
/// What one business has stored of one recipient. A business whose sessions have used the address at any time is listed
/// even when none of them can still be paid: its transfer is then unmatched.
/// </summary>
/// <param name="Sessions">The sessions that may be paid, oldest first. Of more than
/// <see cref="IChainStore.OpenSessionsMax"/> open ones, the oldest and those that ask exactly what a transfer brings;
/// of the ended ones, the newest <see cref="IChainStore.EndedSessionsMax"/>.</param>
/// <param name="Recorded">Those of the transfers that are recorded already.</param>
public sealed record StoredRecipient(
    string BusinessId,
    TransferRecipient Recipient,
    ImmutableArray<PayableSession> Sessions,
    ImmutableArray<RecordedTransfer> Recorded);

/// <summary>A session that a transfer may pay.</summary>
/// <param name="Status">As stored: an open session may be past its end.</param>
/// <param name="Amount">What it asks for, in whole units.</param>
/// <param name="Standing">The sum of its payments that are pending, settled or late; those removed do not
/// count.</param>
/// <param name="HasAssignedAddress">True if its address was assigned to it alone, by <c>auto</c>.</param>
/// <param name="EndedAt">When it was stored as ended; null for a session that is stored as open.</param>
public sealed record PayableSession(
    string Id,
    PaymentStatus Status,
    Amount Amount,
    Amount Standing,
    string? UnderpaymentTolerancePercent,
    int RequiredConfirmations,
    bool HasAssignedAddress,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? EndedAt);

/// <summary>The decision that is stored of a transfer.</summary>
/// <param name="SessionId">The session that records it; null when it is recorded as unmatched.</param>
/// <param name="RequiredConfirmations">Of the session; 0 without one.</param>
/// <param name="Stage">Of the session's payment; null without a session.</param>
/// <param name="Reason">Set when it is recorded as unmatched.</param>
public sealed record RecordedTransfer(
    string TransactionId,
    int Index,
    string? SessionId,
    int RequiredConfirmations,
    PaymentStage? Stage,
    UnmatchedReason? Reason);
