using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Bleepay.Grains.Sessions;

namespace Bleepay.Grains.Webhooks;

/// <summary>
/// A change of a session as others are told of it. Made of what the change itself has stored, so that its body is the
/// same whenever it is written.
/// </summary>
public static class DepositEvent
{
    private static readonly JsonWriterOptions Options = new()
    {
        // The body is JSON by its media type and never part of a page.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Which event a change owes, or null.</summary>
    public static string? TypeOf(SessionChange change) => (change.Cause, change.Status) switch
    {
        (ChangeCause.Opened, _) => "deposit.created",
        (ChangeCause.Timeout or ChangeCause.Cancelled, _) => "deposit.expired",
        (ChangeCause.PaymentSeen, PaymentStatus.Pending) => "deposit.pending",
        (ChangeCause.PaymentSettled, PaymentStatus.Confirmed) => "deposit.confirmed",
        (ChangeCause.PaymentSettled, PaymentStatus.Overpaid) => "deposit.overpaid",
        (ChangeCause.PaymentSettled or ChangeCause.PaymentRemoved, PaymentStatus.Underpaid) => "deposit.underpaid",
        (ChangeCause.PaymentLate, _) => "deposit.paid_late",
        _ => null,
    };

    /// <summary>The body of the event, as docs/webhooks.md has it.</summary>
    public static string Body(DepositSession session, WaitingDelivery delivery)
    {
        var change = session.Timeline[delivery.Key.Sequence - 1];
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("id", delivery.Key.EventId);
            json.WriteString("type", delivery.EventType);
            json.WriteString("createdAt", Time(change.At));
            json.WriteStartObject("data");
            WriteData(json, session, change);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

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
        if (late is null) return;
        json.WriteString("lateAmount", late.Amount);
        json.WriteBoolean("observedInTime", late.ObservedInTime);
    }

    private static string? ReasonOf(SessionChange change) => change.Cause switch
    {
        ChangeCause.Timeout => "timeout",
        ChangeCause.Cancelled => "cancelled",
        _ => null,
    };

    private static string Time(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
