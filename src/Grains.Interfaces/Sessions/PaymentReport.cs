namespace Bleepay.Grains.Sessions;

/// <summary>What a watcher of a chain reports to one session.</summary>
/// <param name="Payment">Null only beside <paramref name="Unacceptable"/>.</param>
/// <param name="Unacceptable">Why the request's body is refused, if it is. Returned only to callers that may
/// report.</param>
[GenerateSerializer, Immutable, Alias("bleepay.report-payment")]
public sealed record ReportPayment(
    [property: Id(0)] Caller Caller,
    [property: Id(1)] PaymentReport? Payment,
    [property: Id(2)] Refusal? Unacceptable);

/// <summary>One transfer as a chain shows it at one moment.</summary>
/// <param name="Amount">Decimal string, above zero: this transfer's own, not a sum. A merchant's has at most 32
/// characters, a watcher's up to 78 digits.</param>
/// <param name="Confirmations">0 or more.</param>
/// <param name="IsRemoved">True when the transaction has vanished in a reorganisation.</param>
/// <param name="From">The sender's address, or null.</param>
/// <param name="ObservedAt">When the reporter saw it, or null. Kept, and decides nothing but
/// <see cref="Payment.ObservedInTime"/>.</param>
/// <param name="IsAmbiguous">As in <see cref="Payment.IsAmbiguous"/>. Only the report by which a payment is first seen
/// decides it.</param>
[GenerateSerializer, Immutable, Alias("bleepay.payment-report")]
public sealed record PaymentReport(
    [property: Id(0)] PaymentKey Key,
    [property: Id(1)] string Amount,
    [property: Id(2)] int Confirmations,
    [property: Id(3)] bool IsRemoved,
    [property: Id(4)] string? From,
    [property: Id(5)] DateTimeOffset? ObservedAt,
    [property: Id(6)] bool IsAmbiguous = false);
