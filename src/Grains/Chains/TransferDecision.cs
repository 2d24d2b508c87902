using Bleepay.Grains.Sessions;

namespace Bleepay.Grains.Chains;

/// <summary>The outcome of one transfer in one business.</summary>
/// <param name="IsRecorded">True if the decision is stored already; otherwise it was made now.</param>
public abstract record TransferDecision(Transfer Transfer, string BusinessId, bool IsRecorded);

/// <summary>The transfer pays a session, to which it is reported.</summary>
/// <param name="RequiredConfirmations">The session's number, which makes the payment final.</param>
/// <param name="IsAmbiguous">True if another session at the address asks exactly the same. Of a recorded payment, the
/// session keeps it.</param>
/// <param name="Stage">As recorded; null for a payment that the session has not recorded.</param>
public sealed record MatchedTransfer(
    Transfer Transfer,
    string BusinessId,
    bool IsRecorded,
    string SessionId,
    int RequiredConfirmations,
    bool IsAmbiguous,
    PaymentStage? Stage)
    : TransferDecision(Transfer, BusinessId, IsRecorded);

/// <summary>No session takes the transfer, which is recorded as unmatched.</summary>
public sealed record UnmatchedTransfer(
    Transfer Transfer, string BusinessId, bool IsRecorded, UnmatchedReason Reason)
    : TransferDecision(Transfer, BusinessId, IsRecorded);
