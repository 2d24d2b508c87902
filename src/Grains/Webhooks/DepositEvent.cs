using System.Text.Json;
using Bleepay.Grains.Sessions;

namespace Bleepay.Grains.Webhooks;

/// <summary>
/// The event of a change of a session. Its body is made of what the change itself has stored, so it is the same text
/// whenever it is written.
/// </summary>
public static class DepositEvent
{
    /// <summary>The type of a change's event, or null for a change without one.</summary>
    public static string? TypeOf(SessionChange change) => (change.Cause, change.Status) switch
    {
        (ChangeCause.Created, _) => EventTypes.Created,
        (ChangeCause.Timeout or ChangeCause.Cancelled, _) => EventTypes.Expired,
        (ChangeCause.PaymentSeen, PaymentStatus.Pending) => EventTypes.Pending,
        (ChangeCause.PaymentSettled, PaymentStatus.Confirmed) => EventTypes.Confirmed,
        (ChangeCause.PaymentSettled, PaymentStatus.Overpaid) => EventTypes.Overpaid,
        (ChangeCause.PaymentSettled or ChangeCause.PaymentRemoved, PaymentStatus.Underpaid) => EventTypes.Underpaid,
        (ChangeCause.PaymentLate, _) => EventTypes.PaidLate,
        _ => null,
    };

    /// <summary>The body of the event, as docs/webhooks.md has it.</summary>
    /// <param name="session">Has the delivery's event on its timeline.</param>
    /// <param name="isTest">Marks the event as a test.</param>
    public static string Body(DepositSession session, WaitingDelivery delivery, bool isTest = false)
    {
        var change = session.Timeline[delivery.Key.Sequence - 1];
        return Body(session, change, delivery.EventType, isTest);
    }

    /// <summary>The bodies of all events of the session, as they are written now.</summary>
    public static IEnumerable<(SessionChange Change, string Body)> Bodies(DepositSession session) =>
        session.Timeline
            .Select(change => (Change: change, Type: TypeOf(change)))
            .Where(entry => entry.Type is not null)
            .Select(entry => (entry.Change, Body(session, entry.Change, entry.Type!)));

    private static string Body(DepositSession session, SessionChange change, string type, bool isTest = false) =>
        EventBody.Write(
            DeliveryKey.EventIdOf(session.Id, change.Sequence), type, change.At, isTest,
            json => WriteData(json, session, change));

    private static void WriteData(Utf8JsonWriter json, DepositSession session, SessionChange change)
    {
        var terms = session.Terms;
        var late = change.Cause == ChangeCause.PaymentLate
            ? session.Payments.Single(payment => payment.Key == change.Payment)
            : null;
        json.WriteString("sessionId", session.Id);
        json.WriteString("orderId", terms.CustomerReference);
        json.WriteString("widgetId", session.WidgetId);
        json.WriteNumber("sequence", change.Sequence);
        json.WriteString("status", JsonNamingPolicy.SnakeCaseUpper.ConvertName(change.Status.ToString()));
        if (ReasonOf(change) is { } reason) json.WriteString("reason", reason);
        json.WriteString("amount", terms.Amount);
        json.WriteString("receivedAmount", change.Totals?.ReceivedAmount ?? "0");
        json.WriteString("currency", terms.Currency);
        json.WriteString("network", terms.Network);
        json.WriteString("currencyAddress", terms.CurrencyAddress);
        json.WriteString("txHash", late?.Key.TransactionId ?? change.Totals?.TransactionId);
        json.WriteString("depositAddress", terms.DepositAddress);
        json.WriteString("customerEmail", terms.CustomerEmail);
        json.WriteString("customerReference", terms.CustomerReference);
        json.WritePropertyName("metadata");
        if (terms.Metadata is { } metadata) json.WriteRawValue(metadata, skipInputValidation: true);
        else json.WriteNullValue();
        if (late is not null || change is { Cause: ChangeCause.PaymentSettled, Status: var status } && status.IsPaid())
            json.WriteBoolean("ambiguous", late?.IsAmbiguous ?? session.Payments.Any(IsPaidInDoubt));
        if (late is null) return;
        json.WriteString("lateAmount", late.Amount);
        json.WriteBoolean("observedInTime", late.ObservedInTime);
    }

    /// <summary>A payment that is settled when the session is paid stays so, and none is settled later.</summary>
    private static bool IsPaidInDoubt(Payment payment) =>
        payment is { Stage: PaymentStage.Settled, IsAmbiguous: true };

    private static string? ReasonOf(SessionChange change) => change.Cause switch
    {
        ChangeCause.Timeout => "timeout",
        ChangeCause.Cancelled => "cancelled",
        _ => null,
    };
}
