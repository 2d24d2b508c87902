namespace Bleepay.Grains.Sessions;

/// <summary>The status of a session.</summary>
[GenerateSerializer, Alias("bleepay.payment-status")]
public enum PaymentStatus
{
    /// <summary>Nothing has been seen on the chain.</summary>
    Created = 0,

    /// <summary>A payment was seen and is not final yet.</summary>
    Pending = 1,

    /// <summary>Final payments add up to less than the amount.</summary>
    Underpaid = 2,

    /// <summary>Paid. Final.</summary>
    Confirmed = 3,

    /// <summary>Paid, and more than asked. Final.</summary>
    Overpaid = 4,

    /// <summary>The time passed short of a payment, or the session was cancelled. Final.</summary>
    Expired = 5,
}

public static class PaymentStatuses
{
    /// <summary>True for a status that no session ever leaves.</summary>
    public static bool IsFinal(this PaymentStatus status) => status.IsPaid() || status == PaymentStatus.Expired;

    public static bool IsPaid(this PaymentStatus status) =>
        status is PaymentStatus.Confirmed or PaymentStatus.Overpaid;
}

/// <summary>Why a session is EXPIRED.</summary>
[GenerateSerializer, Alias("bleepay.expiry-reason")]
public enum ExpiryReason
{
    /// <summary>Its time was over.</summary>
    Timeout = 0,

    /// <summary>The customer or the merchant has cancelled it.</summary>
    Cancelled = 1,
}

/// <summary>
/// The cause of a change. With the resulting status, it also determines the event that is sent.
/// </summary>
[GenerateSerializer, Alias("bleepay.change-cause")]
public enum ChangeCause
{
    /// <summary><c>deposit.created</c>.</summary>
    Created = 0,

    /// <summary><c>deposit.expired</c>.</summary>
    Timeout = 1,

    /// <summary><c>deposit.expired</c>, for this reason.</summary>
    Cancelled = 2,

    /// <summary>
    /// A payment was seen while none was awaited: <c>deposit.pending</c>. On a final session, no event yet.
    /// </summary>
    PaymentSeen = 3,

    /// <summary>One more payment was seen while another was awaited. No event.</summary>
    PaymentAdded = 4,

    /// <summary>A payment has more confirmations, and not enough yet. No event.</summary>
    PaymentConfirming = 5,

    /// <summary>
    /// A payment became final in time: <c>deposit.confirmed</c>, <c>.overpaid</c> or <c>.underpaid</c> by the
    /// status, and no event while the session is still PENDING for another.
    /// </summary>
    PaymentSettled = 6,

    /// <summary>A payment became final after the session had: <c>deposit.paid_late</c>.</summary>
    PaymentLate = 7,

    /// <summary>
    /// A payment vanished in a reorganisation: <c>deposit.underpaid</c> when that is the status, else no event.
    /// </summary>
    PaymentRemoved = 8,

    /// <summary>The customer's data was erased. No event.</summary>
    CustomerErased = 9,
}
