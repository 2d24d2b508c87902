using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Bleepay.Gateway.OpenApi;
using Bleepay.Grains.Chains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Sessions;

namespace Bleepay.Gateway.Webhooks;

/// <summary>A change of a session, as a webhook reports it.</summary>
/// <remarks>Describes the body, which the session's grain writes.</remarks>
internal sealed record DepositEventBody(
    [property: Description("The same at every attempt and for every endpoint: use it to handle an event once.")]
    string Id,
    [property: EventType]
    string Type,
    [property: Description("When the change happened.")]
    DateTimeOffset CreatedAt,
    DepositEventData Data,
    [property: Description("True for a test event; absent otherwise.")]
    bool? Test = null);

/// <summary>The session as it was after the change.</summary>
internal sealed record DepositEventData(
    string SessionId,
    [property: Description("The same as customerReference.")]
    string? OrderId,
    string WidgetId,
    [property: Description("The number of the change within its session.")]
    int Sequence,
    PaymentStatus Status,
    string Amount,
    [property: Description("The sum of payments that had become final in time, without trailing zeros.")]
    string ReceivedAmount,
    string Currency,
    string Network,
    string CurrencyAddress,
    [property: Description("The first payment that was seen; of deposit.paid_late, the late payment.")]
    string? TxHash,
    string DepositAddress,
    string? CustomerEmail,
    string? CustomerReference,
    [property: JsonConverter(typeof(RawJsonConverter))]
    string? Metadata,
    [property: Description("Only of deposit.expired."), AllowedValues("timeout", "cancelled")]
    string? Reason = null,
    [property: Description("Only of payments: true if another session asked exactly the same amount at this address.")]
    bool? Ambiguous = null,
    [property: Description("Only of deposit.paid_late: the amount of the late payment.")]
    string? LateAmount = null,
    [property: Description("Only of deposit.paid_late: true if the payment was seen before the session's end.")]
    bool? ObservedInTime = null);

/// <summary>A payment that no session took, as a webhook reports it.</summary>
/// <remarks>Describes the body, which the payment itself writes.</remarks>
internal sealed record UnmatchedEventBody(
    [property: Description("The same at every attempt and for every endpoint: use it to handle an event once.")]
    string Id,
    [property: EventType]
    string Type,
    [property: Description("When the payment was seen.")]
    DateTimeOffset CreatedAt,
    UnmatchedEventData Data,
    [property: Description("True for a test event; absent otherwise.")]
    bool? Test = null);

/// <summary>The payment as it was when the event was written.</summary>
internal sealed record UnmatchedEventData(
    string Id,
    string Network,
    string TxId,
    int Index,
    string Currency,
    string CurrencyAddress,
    string DepositAddress,
    string Amount,
    string? From,
    long BlockNumber,
    DateTimeOffset SeenAt,
    int Confirmations,
    UnmatchedReason Reason,
    string? SessionId,
    DateTimeOffset? AssignedAt);
