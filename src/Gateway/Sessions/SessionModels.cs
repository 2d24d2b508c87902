using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Sessions;

namespace Bleepay.Gateway.Sessions;

/// <summary>The terms of a new session.</summary>
/// <remarks>Describes the body, which is read field by field.</remarks>
internal sealed record CreateSessionRequest(
    [property: Description("Decimal string in whole units of the currency, above zero, within the widget's bounds.")]
    [property: Required, StringLength(FieldRules.AmountLengthMax, MinimumLength = 1)]
    [property: RegularExpression(FieldRules.AmountPattern)]
    string Amount,
    [property: Description("One of the widget's allowedCurrencies.")]
    [property: Required, StringLength(FieldRules.CurrencyLengthMax, MinimumLength = FieldRules.CurrencyLengthMin)]
    [property: RegularExpression(FieldRules.CurrencyPattern)]
    string Currency,
    [property: Description("One of the widget's allowedNetworks. Printable ASCII without spaces.")]
    [property: Required, StringLength(FieldRules.NetworkLengthMax, MinimumLength = FieldRules.NetworkLengthMin)]
    [property: RegularExpression(FieldRules.AddressPattern)]
    string Network,
    [property: Description("The token's contract; empty for the network's own coin.")]
    [property: Required(AllowEmptyStrings = true), StringLength(FieldRules.CurrencyAddressLengthMax)]
    [property: RegularExpression(FieldRules.AddressPattern)]
    string CurrencyAddress,
    [property: Description(
        "The address that receives the payment; one of the widget's allowedDepositAddresses. On a watched network it " +
        "may be auto: the service then reserves one of them for the session.")]
    [property: Required, StringLength(FieldRules.DepositAddressLengthMax, MinimumLength = 1)]
    [property: RegularExpression(FieldRules.AddressPattern)]
    string DepositAddress,
    [property: Description("One valid e-mail address, as the HTML standard defines it.")]
    [property: StringLength(FieldRules.CustomerEmailLengthMax, MinimumLength = 1), EmailAddress]
    string? CustomerEmail = null,
    [property: Description("The merchant's reference of the order. Length in Unicode code points.")]
    [property: StringLength(FieldRules.CustomerReferenceLengthMax, MinimumLength = 1)]
    string? CustomerReference = null,
    [property: Description("At most 2,048 bytes as minified UTF-8 and 16 levels deep; valid against metadataSchema.")]
    [property: JsonConverter(typeof(RawJsonConverter))]
    string? Metadata = null);

/// <summary>One transfer, as a chain shows it now.</summary>
/// <remarks>Describes the body, which is read field by field.</remarks>
internal sealed record ReportPaymentRequest(
    [property: Description("The transaction's id. Hexadecimal ids (0x…) compare without case.")]
    [property: Required, StringLength(FieldRules.TransactionIdLengthMax, MinimumLength = 1)]
    [property: RegularExpression(FieldRules.TransactionIdPattern)]
    string TxId,
    [property: Description("The amount of this transfer: decimal string in whole units, above zero.")]
    [property: Required, StringLength(FieldRules.AmountLengthMax, MinimumLength = 1)]
    [property: RegularExpression(FieldRules.AmountPattern)]
    string Amount,
    [property: Description("0 for a transaction that is not in a block yet.")]
    [property: Required, Range(0, int.MaxValue)]
    int Confirmations,
    [property: Description(
        "The number of the transfer within the transaction. On a watched network it is the ordinal, from 0, among " +
        "the transaction's transfers in this token to this address. The default value is 0.")]
    [property: Range(0, int.MaxValue)]
    int? Index = null,
    [property: Description("True if a reorganisation has removed the transaction. The default value is false.")]
    bool? Removed = null,
    [property: Description("The sender's address.")]
    [property: StringLength(FieldRules.DepositAddressLengthMax, MinimumLength = 1)]
    [property: RegularExpression(FieldRules.AddressPattern)]
    string? From = null,
    [property: Description("When you saw the payment. Recorded and returned; only the session's clock decides.")]
    DateTimeOffset? ObservedAt = null);

/// <summary>A new session, or the one that the same Idempotency-Key has created before.</summary>
internal sealed record SessionCreated(
    string Id,
    PaymentStatus PaymentStatus,
    string Amount,
    string Currency,
    string Network,
    string CurrencyAddress,
    string DepositAddress,
    DateTimeOffset ExpiresAt,
    [property: Description("Sent as X-Client-Secret, allows to read, follow and cancel this session.")]
    string ClientSecret,
    [property: Description(SessionCreated.PaymentUriText)]
    string? PaymentUri,
    [property: Description(
        "The page on which the customer pays, with the secret in its fragment. Null if the service has no public " +
        "address configured.")]
    string? CheckoutUrl)
{
    public const string PaymentUriText =
        "The missing amount, as an ERC-681 link for wallets. Null if nothing is missing or nothing is watched.";

    public static SessionCreated From(SessionView session, string clientSecret, string? checkoutUrl) => new(
        session.Id, session.Status, session.Terms.Amount, session.Terms.Currency, session.Terms.Network,
        session.Terms.CurrencyAddress, session.Terms.DepositAddress, session.ExpiresAt, clientSecret,
        Sessions.PaymentUri.Of(session, session.Status, session.ReceivedAmount, session.PendingAmount), checkoutUrl);
}

/// <summary>A session as its customer sees it.</summary>
internal record SessionResource(
    string Id,
    PaymentStatus PaymentStatus,
    string Amount,
    string Currency,
    string Network,
    string CurrencyAddress,
    string DepositAddress,
    [property: Description("The transaction of the first payment that was seen and not removed.")]
    string? TxId,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? ConfirmedAt,
    [property: Description("The sum of payments that became final in time, without trailing zeros.")]
    string ReceivedAmount,
    [property: Description("The sum of payments that were seen and are not final, without trailing zeros.")]
    string PendingAmount,
    [property: Description("The sum of payments that became final after the session did, without trailing zeros.")]
    string LateAmount,
    [property: Description(
        "The smallest number of confirmations among the payments that were not removed. Once the session is paid, " +
        "only the payments that paid it count.")]
    int Confirmations,
    int RequiredConfirmations,
    DateTimeOffset CreatedAt,
    [property: Description("The number of the latest change; changes are numbered from 1 without a gap.")]
    int Sequence,
    [property: Description("Why the session is EXPIRED; null with any other status.")]
    ExpiryReason? EndedBy,
    [property: Description(SessionCreated.PaymentUriText)]
    string? PaymentUri)
{
    public static SessionResource From(SessionSummary session) => new(
        session.Id, session.Status, session.Terms.Amount, session.Terms.Currency, session.Terms.Network,
        session.Terms.CurrencyAddress, session.Terms.DepositAddress, session.TransactionId, session.ExpiresAt,
        session.ConfirmedAt, session.ReceivedAmount, session.PendingAmount, session.LateAmount, session.Confirmations,
        session.RequiredConfirmations, session.CreatedAt, session.Sequence, session.EndedBy, UriOf(session));

    /// <summary>As it stood after one of its changes.</summary>
    public static SessionResource At(SessionView session, SessionChange change) => From(session) with
    {
        PaymentStatus = change.Status,
        ConfirmedAt = change.Status.IsPaid() ? session.ConfirmedAt : null,
        TxId = change.Totals?.TransactionId,
        ReceivedAmount = change.Totals?.ReceivedAmount ?? "0",
        PendingAmount = change.Totals?.PendingAmount ?? "0",
        LateAmount = change.Totals?.LateAmount ?? "0",
        Confirmations = change.Totals?.Confirmations ?? 0,
        Sequence = change.Sequence,
        EndedBy = change.Status == PaymentStatus.Expired ? session.EndedBy : null,
        PaymentUri = Sessions.PaymentUri.Of(
            session, change.Status, change.Totals?.ReceivedAmount ?? "0", change.Totals?.PendingAmount ?? "0"),
    };

    protected static string? UriOf(SessionSummary session) =>
        Sessions.PaymentUri.Of(session, session.Status, session.ReceivedAmount, session.PendingAmount);
}

/// <summary>A session as a list shows it to a member of its business.</summary>
internal record ListedSession(
    string Id,
    PaymentStatus PaymentStatus,
    string Amount,
    string Currency,
    string Network,
    string CurrencyAddress,
    string DepositAddress,
    string? TxId,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? ConfirmedAt,
    string ReceivedAmount,
    string PendingAmount,
    string LateAmount,
    int Confirmations,
    int RequiredConfirmations,
    DateTimeOffset CreatedAt,
    int Sequence,
    ExpiryReason? EndedBy,
    string? PaymentUri,
    string WidgetId,
    string? CustomerEmail,
    string? CustomerReference,
    [property: JsonConverter(typeof(RawJsonConverter))]
    string? Metadata,
    [property: Description("When the customer's e-mail address, reference and metadata were erased, or null.")]
    DateTimeOffset? ErasedAt)
    : SessionResource(
        Id, PaymentStatus, Amount, Currency, Network, CurrencyAddress, DepositAddress, TxId, ExpiresAt, ConfirmedAt,
        ReceivedAmount, PendingAmount, LateAmount, Confirmations, RequiredConfirmations, CreatedAt, Sequence, EndedBy,
        PaymentUri)
{
    public static new ListedSession From(SessionSummary session) => new(
        session.Id, session.Status, session.Terms.Amount, session.Terms.Currency, session.Terms.Network,
        session.Terms.CurrencyAddress, session.Terms.DepositAddress, session.TransactionId, session.ExpiresAt,
        session.ConfirmedAt, session.ReceivedAmount, session.PendingAmount, session.LateAmount, session.Confirmations,
        session.RequiredConfirmations, session.CreatedAt, session.Sequence, session.EndedBy, UriOf(session),
        session.WidgetId, session.Terms.CustomerEmail, session.Terms.CustomerReference, session.Terms.Metadata,
        session.ErasedAt);
}

/// <summary>A session as a member of its business sees it.</summary>
internal sealed record SessionDetails(
    string Id,
    PaymentStatus PaymentStatus,
    string Amount,
    string Currency,
    string Network,
    string CurrencyAddress,
    string DepositAddress,
    string? TxId,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? ConfirmedAt,
    string ReceivedAmount,
    string PendingAmount,
    string LateAmount,
    int Confirmations,
    int RequiredConfirmations,
    DateTimeOffset CreatedAt,
    int Sequence,
    ExpiryReason? EndedBy,
    string? PaymentUri,
    string WidgetId,
    string? CustomerEmail,
    string? CustomerReference,
    string? Metadata,
    DateTimeOffset? ErasedAt,
    [property: Description("The latest 100 payments, the first seen first.")]
    [property: MaxLength(SessionView.LatestMax)]
    IReadOnlyList<SessionTransaction> Transactions,
    [property: Description("True if the session has more payments than transactions lists.")]
    bool TransactionsTruncated,
    [property: Description("The latest 100 changes, the oldest first, without a gap in sequence.")]
    [property: MaxLength(SessionView.LatestMax)]
    IReadOnlyList<TimelineEntry> Timeline,
    [property: Description("True if the session has more changes than timeline lists.")]
    bool TimelineTruncated)
    : ListedSession(
        Id, PaymentStatus, Amount, Currency, Network, CurrencyAddress, DepositAddress, TxId, ExpiresAt, ConfirmedAt,
        ReceivedAmount, PendingAmount, LateAmount, Confirmations, RequiredConfirmations, CreatedAt, Sequence, EndedBy,
        PaymentUri, WidgetId, CustomerEmail, CustomerReference, Metadata, ErasedAt)
{
    public static SessionDetails From(SessionView session) => new(
        session.Id, session.Status, session.Terms.Amount, session.Terms.Currency, session.Terms.Network,
        session.Terms.CurrencyAddress, session.Terms.DepositAddress, session.TransactionId, session.ExpiresAt,
        session.ConfirmedAt, session.ReceivedAmount, session.PendingAmount, session.LateAmount, session.Confirmations,
        session.RequiredConfirmations, session.CreatedAt, session.Sequence, session.EndedBy, UriOf(session),
        session.WidgetId, session.Terms.CustomerEmail, session.Terms.CustomerReference, session.Terms.Metadata,
        session.ErasedAt, [.. session.Payments.Select(SessionTransaction.Of)], session.ArePaymentsTruncated,
        [.. session.Timeline.Select(TimelineEntry.Of)], session.IsTimelineTruncated);
}

/// <summary>One payment of a session.</summary>
internal sealed record SessionTransaction(
    string TxId,
    int Index,
    string Amount,
    [property: Description("SETTLED counts. LATE became final after the session did, and does not count.")]
    PaymentStage Status,
    int Confirmations,
    string? From,
    DateTimeOffset? ObservedAt,
    [property: Description("True if the payment was reported, or observed by its observedAt, before expiresAt.")]
    bool ObservedInTime,
    DateTimeOffset SeenAt,
    DateTimeOffset? SettledAt,
    [property: Description(
        "True if another session at the same address asked exactly the same amount, so that this payment may be " +
        "another customer's. With a depositAddress of auto, no two open sessions share an address.")]
    bool Ambiguous)
{
    public static SessionTransaction Of(Payment payment) => new(
        payment.Key.TransactionId, payment.Key.Index, payment.Amount, payment.Stage, payment.Confirmations,
        payment.From, payment.ObservedAt, payment.ObservedInTime, payment.SeenAt, payment.SettledAt,
        payment.IsAmbiguous);
}

/// <summary>One change of a session.</summary>
internal sealed record TimelineEntry(
    int Sequence,
    PaymentStatus PaymentStatus,
    ChangeCause Cause,
    DateTimeOffset At,
    [property: Description("The payment that caused the change.")]
    string? TxId,
    int? Index,
    [property: Description("The session's receivedAmount after this change.")]
    string ReceivedAmount,
    int Confirmations)
{
    public static TimelineEntry Of(SessionChange change) => new(
        change.Sequence, change.Status, change.Cause, change.At, change.Payment?.TransactionId, change.Payment?.Index,
        change.Totals?.ReceivedAmount ?? "0", change.Totals?.Confirmations ?? 0);
}

/// <summary>The answer to a cancellation.</summary>
internal sealed record SessionCancelled(
    [property: AllowedValues("cancelled")] string Status)
{
    public static readonly SessionCancelled Instance = new("cancelled");
}
