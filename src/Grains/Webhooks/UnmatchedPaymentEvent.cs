using System.Text.Json;
using Bleepay.Grains.Chains;

namespace Bleepay.Grains.Webhooks;

/// <summary>
/// The event that a payment was recorded as unmatched. Its data is the payment as lists show it, as of the first
/// attempt to send it.
/// </summary>
public sealed record UnmatchedPaymentEvent(UnmatchedPayment Payment) : EventSubject(Payment.Id)
{
    /// <summary>It is the only event of its payment.</summary>
    public const int Sequence = 1;

    /// <summary>
    /// The type of a payment's event; null for dust, since any number of such transfers costs next to nothing.
    /// </summary>
    public static string? TypeOf(UnmatchedPayment payment) =>
        payment.Reason == UnmatchedReason.Dust ? null : EventTypes.Unmatched;

    public override string BodyOf(WaitingDelivery delivery) => Body(Payment, delivery);

    /// <summary>The body of the event, as docs/webhooks.md has it.</summary>
    /// <param name="isTest">Marks the event as a test.</param>
    public static string Body(UnmatchedPayment payment, WaitingDelivery delivery, bool isTest = false) =>
        EventBody.Write(delivery.Key.EventId, delivery.EventType, payment.SeenAt, isTest, json =>
        {
            json.WriteString("id", payment.Id);
            json.WriteString("network", payment.Network);
            json.WriteString("txId", payment.TransactionId);
            json.WriteNumber("index", payment.Index);
            json.WriteString("currency", payment.Currency);
            json.WriteString("currencyAddress", payment.CurrencyAddress);
            json.WriteString("depositAddress", payment.DepositAddress);
            json.WriteString("amount", payment.Amount);
            json.WriteString("from", payment.From);
            json.WriteNumber("blockNumber", payment.BlockNumber);
            json.WriteString("seenAt", EventBody.Time(payment.SeenAt));
            json.WriteNumber("confirmations", payment.Confirmations);
            json.WriteString("reason", JsonNamingPolicy.SnakeCaseLower.ConvertName(payment.Reason.ToString()));
            json.WriteString("sessionId", payment.SessionId);
            json.WriteString("assignedAt", payment.AssignedAt is { } at ? EventBody.Time(at) : null);
        });
}
