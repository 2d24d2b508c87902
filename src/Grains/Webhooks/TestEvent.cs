using Bleepay.Grains.Chains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Sessions;

namespace Bleepay.Grains.Webhooks;

/// <summary>
/// An event that a merchant sends to an endpoint to try it. What it is about is made up; only its delivery is stored.
/// Pure.
/// </summary>
/// <param name="Id"><c>tst_</c> and 22 characters.</param>
public sealed record TestEvent(string Id) : EventSubject(Id)
{
    /// <summary>Each test event is the only event of its subject.</summary>
    public const int Sequence = 1;

    private const string Amount = "25";

    private static readonly SessionTerms Terms = new(
        Amount, "USDC", "polygon", "0x3c499c542cef5e3811e1192ce70d8cc03d5c3359",
        "0x1111111111111111111111111111111111111111", "customer@example.com", "test-order", """{"test":true}""");

    private static readonly PaymentKey PaymentKey = new($"0x{new string('1', 64)}", 0);

    public override string BodyOf(WaitingDelivery delivery) => delivery.EventType == EventTypes.Unmatched
        ? UnmatchedPaymentEvent.Body(PaymentAt(delivery.At), delivery, isTest: true)
        : DepositEvent.Body(SessionOf(ChangeOf(delivery.EventType, delivery.At)), delivery, isTest: true);

    private UnmatchedPayment PaymentAt(DateTimeOffset at) => new(
        string.Concat(Identifiers.UnmatchedPaymentPrefix, Id.AsSpan(Identifiers.TestEventPrefix.Length)),
        BusinessId: "",
        Terms.Network,
        PaymentKey.TransactionId,
        PaymentKey.Index,
        Terms.Currency,
        Terms.CurrencyAddress,
        Terms.DepositAddress,
        Amount,
        From: "0x2222222222222222222222222222222222222222",
        BlockNumber: 1,
        at,
        Confirmations: 1,
        UnmatchedReason.NoSession,
        SessionId: null,
        AssignedAt: null);

    private static SessionChange ChangeOf(string eventType, DateTimeOffset at)
    {
        return eventType switch
        {
            EventTypes.Created => SessionChange.Created(at),
            EventTypes.Expired => new(Sequence, PaymentStatus.Expired, ChangeCause.Timeout, at),
            EventTypes.Pending => Paid(PaymentStatus.Pending, ChangeCause.PaymentSeen, "0"),
            EventTypes.Confirmed => Paid(PaymentStatus.Confirmed, ChangeCause.PaymentSettled, Amount),
            EventTypes.Overpaid => Paid(PaymentStatus.Overpaid, ChangeCause.PaymentSettled, "30"),
            EventTypes.Underpaid => Paid(PaymentStatus.Underpaid, ChangeCause.PaymentSettled, "10"),
            EventTypes.PaidLate => Paid(PaymentStatus.Expired, ChangeCause.PaymentLate, "0"),
            _ => throw new ArgumentException($"{eventType} is never sent.", nameof(eventType)),
        };

        SessionChange Paid(PaymentStatus status, ChangeCause cause, string received) => new(
            Sequence, status, cause, at, PaymentKey, new PaymentTotals(
                PaymentKey.TransactionId, received, 1, "0", cause == ChangeCause.PaymentLate ? Amount : "0"));
    }

    private DepositSession SessionOf(SessionChange change) => new()
    {
        Id = string.Concat(Identifiers.SessionPrefix, Id.AsSpan(Identifiers.TestEventPrefix.Length)),
        BusinessId = "",
        WidgetId = $"{Identifiers.WidgetPrefix}test",
        Terms = Terms,
        SecretKeyId = "",
        Fingerprint = [],
        UnderpaymentTolerancePercent = null,
        RequiredConfirmations = 1,
        Slots = CappedSlots.None,
        CreatedAt = change.At,
        ExpiresAt = change.At,
        Timeline = [change],
        Payments =
        [
            new Payment(
                PaymentKey, Amount, PaymentStage.Late, 1, null, null, ObservedInTime: false, Sequence, change.At,
                change.At),
        ],
    };
}
