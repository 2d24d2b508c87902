using Bleepay.Grains.Sessions;

namespace Bleepay.Silo.Storage.Sessions;

/// <summary>The words that stand for statuses, causes and stages in the tables of sessions.</summary>
internal static class SessionWords
{
    public static string Text(PaymentStatus status) => status switch
    {
        PaymentStatus.Created => "CREATED",
        PaymentStatus.Pending => "PENDING",
        PaymentStatus.Underpaid => "UNDERPAID",
        PaymentStatus.Confirmed => "CONFIRMED",
        PaymentStatus.Overpaid => "OVERPAID",
        PaymentStatus.Expired => "EXPIRED",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };

    public static string Text(ChangeCause cause) => cause switch
    {
        ChangeCause.Created => "CREATED",
        ChangeCause.Timeout => "TIMEOUT",
        ChangeCause.Cancelled => "CANCELLED",
        ChangeCause.PaymentSeen => "PAYMENT_SEEN",
        ChangeCause.PaymentAdded => "PAYMENT_ADDED",
        ChangeCause.PaymentConfirming => "PAYMENT_CONFIRMING",
        ChangeCause.PaymentSettled => "PAYMENT_SETTLED",
        ChangeCause.PaymentLate => "PAYMENT_LATE",
        ChangeCause.PaymentRemoved => "PAYMENT_REMOVED",
        ChangeCause.CustomerErased => "CUSTOMER_ERASED",
        _ => throw new ArgumentOutOfRangeException(nameof(cause), cause, null),
    };

    public static string Text(ExpiryReason reason) => reason switch
    {
        ExpiryReason.Timeout => "TIMEOUT",
        ExpiryReason.Cancelled => "CANCELLED",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };

    public static ExpiryReason Reason(string text) => text switch
    {
        "TIMEOUT" => ExpiryReason.Timeout,
        "CANCELLED" => ExpiryReason.Cancelled,
        _ => throw new FormatException($"'{text}' is no reason of an expiry."),
    };

    public static PaymentStatus Status(string text) => text switch
    {
        "CREATED" => PaymentStatus.Created,
        "PENDING" => PaymentStatus.Pending,
        "UNDERPAID" => PaymentStatus.Underpaid,
        "CONFIRMED" => PaymentStatus.Confirmed,
        "OVERPAID" => PaymentStatus.Overpaid,
        "EXPIRED" => PaymentStatus.Expired,
        _ => throw new FormatException($"'{text}' is no payment status."),
    };

    public static ChangeCause Cause(string text) => text switch
    {
        "CREATED" => ChangeCause.Created,
        "TIMEOUT" => ChangeCause.Timeout,
        "CANCELLED" => ChangeCause.Cancelled,
        "PAYMENT_SEEN" => ChangeCause.PaymentSeen,
        "PAYMENT_ADDED" => ChangeCause.PaymentAdded,
        "PAYMENT_CONFIRMING" => ChangeCause.PaymentConfirming,
        "PAYMENT_SETTLED" => ChangeCause.PaymentSettled,
        "PAYMENT_LATE" => ChangeCause.PaymentLate,
        "PAYMENT_REMOVED" => ChangeCause.PaymentRemoved,
        "CUSTOMER_ERASED" => ChangeCause.CustomerErased,
        _ => throw new FormatException($"'{text}' is no cause of a change."),
    };

    public static string Text(PaymentStage stage) => stage switch
    {
        PaymentStage.Pending => "PENDING",
        PaymentStage.Settled => "SETTLED",
        PaymentStage.Late => "LATE",
        PaymentStage.Removed => "REMOVED",
        _ => throw new ArgumentOutOfRangeException(nameof(stage), stage, null),
    };

    public static PaymentStage Stage(string text) => text switch
    {
        "PENDING" => PaymentStage.Pending,
        "SETTLED" => PaymentStage.Settled,
        "LATE" => PaymentStage.Late,
        "REMOVED" => PaymentStage.Removed,
        _ => throw new FormatException($"'{text}' is no stage of a payment."),
    };
}
