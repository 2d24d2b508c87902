using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Sessions;

namespace Bleepay.Gateway.Sessions;

/// <summary>What a page asks for. Describes the body; the request itself is read field by field.</summary>
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
        "Where the customer pays to; one of the widget's allowedDepositAddresses. On a watched network it may be " +
        "auto: the session then gets one of them for itself.")]
    [property: Required, StringLength(FieldRules.DepositAddressLengthMax, MinimumLength = 1)]
    [property: RegularExpression(FieldRules.AddressPattern)]
    string DepositAddress,
    [property: Description("One valid e-mail address, as the HTML standard defines it.")]
    [property: StringLength(FieldRules.CustomerEmailLengthMax, MinimumLength = 1), EmailAddress]
    string? CustomerEmail = null,
    [property: Description("The merchant's own name for the order. Length in Unicode code points.")]
    [property: StringLength(FieldRules.CustomerReferenceLengthMax, MinimumLength = 1)]
    string? CustomerReference = null,
    [property: Description("At most 2,048 bytes as minified UTF-8 and 16 levels deep; valid against metadataSchema.")]
    [property: JsonConverter(typeof(RawJsonConverter))]
    string? Metadata = null);

/// <summary>What a chain shows of one payment. Describes the body, as above.</summary>
internal sealed record ReportPaymentRequest(
    [property: Description("The transaction's id. Hexadecimal ones (0x…) are the same in either case.")]
    [property: Required, StringLength(FieldRules.TransactionIdLengthMax, MinimumLength = 1)]
    [property: RegularExpression(FieldRules.TransactionIdPattern)]
    string TxId,
    [property: Description("This transfer's own amount: decimal string in whole units, above zero.")]
    [property: Required, StringLength(FieldRules.AmountLengthMax, MinimumLength = 1)]
    [property: RegularExpression(FieldRules.AmountPattern)]
    string Amount,
    [property: Description("0 for a transaction that is in no block yet.")]
    [property: Required, Range(0, int.MaxValue)]
    int Confirmations,
    [property: Description(
        "Which transfer of the transaction, where it has several. On a watched network it is the ordinal, from 0, " +
        "among the transfers of the transaction in this token to this address. The default value is 0.")]
    [property: Range(0, int.MaxValue)]
    int? Index = null,
    [property: Description("True when the transaction has vanished in a reorganisation. The default value is false.")]
    bool? Removed = null,
    [property: Description("The sender's address.")]
    [property: StringLength(FieldRules.DepositAddressLengthMax, MinimumLength = 1)]
    [property: RegularExpression(FieldRules.AddressPattern)]
    string? From = null,
    [property: Description("When you saw it. Kept and told, and decides nothing: that is the session's own clock.")]
    DateTimeOffset? ObservedAt = null);

/// <summary>A session that was just opened, or opened before by the same Idempotency-Key.</summary>
internal sealed record SessionCreated(
    string Id,
    PaymentStatus PaymentStatus,
    string Amount,
    string Currency,
    string Network,
    string CurrencyAddress,
    string DepositAddress,
    DateTimeOffset ExpiresAt,
    [property: Description("Opens this one session as X-Client-Secret: to read, to follow and to cancel it.")]
    string ClientSecret,
    [property: Description(SessionCreated.PaymentUriText)]
    string? PaymentUri,
    [property: Description(
        "The page on which the customer pays, with the secret in its fragment. Null where the service does not know " +
        "its public address.")]
    string? CheckoutUrl)
{
    public const string PaymentUriText =
        "For wallets (ERC-681): what is still to be paid. Null once it is paid or seen, or where nothing watches.";

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
    [property: Description("The first payment that was seen and still stands.")]
    string? TxId,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? ConfirmedAt,
    [property: Description("The sum of final payments that were in time, without trailing zeros.")]
    string ReceivedAmount,
    [property: Description("The sum of payments that were seen and are not final, without trailing zeros.")]
    string PendingAmount,
    [property: Description("The sum of payments that became final after the session, without trailing zeros.")]
    string LateAmount,
    [property: Description(
        "The smallest number of confirmations of its payments that were not removed; once it is paid, of those that " +
        "have paid it.")]
    int Confirmations,
    int RequiredConfirmations,
    DateTimeOffset CreatedAt,
    [property: Description("The number of its latest change; changes are numbered from 1 without a gap.")]
    int Sequence,
    [property: Description("Why it is EXPIRED; null with any other status.")]
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
    string? Metadata)
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
        session.WidgetId, session.Terms.CustomerEmail, session.Terms.CustomerReference, session.Terms.Metadata);
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
    [property: Description("The payments that were seen last, the first seen first.")]
    [property: MaxLength(SessionView.LatestMax)]
    IReadOnlyList<SessionTransaction> Transactions,
    [property: Description("True if there are earlier payments than transactions has.")]
    bool TransactionsTruncated,
    [property: Description("The latest changes, the oldest first, sequence numbers without a gap.")]
    [property: MaxLength(SessionView.LatestMax)]
    IReadOnlyList<TimelineEntry> Timeline,
    [property: Description("True if there are earlier changes than timeline has.")]
    bool TimelineTruncated)
    : ListedSession(
        Id, PaymentStatus, Amount, Currency, Network, CurrencyAddress, DepositAddress, TxId, ExpiresAt, ConfirmedAt,
        ReceivedAmount, PendingAmount, LateAmount, Confirmations, RequiredConfirmations, CreatedAt, Sequence, EndedBy,
        PaymentUri, WidgetId, CustomerEmail, CustomerReference, Metadata)
{
    public static SessionDetails From(SessionView session) => new(
        session.Id, session.Status, session.Terms.Amount, session.Terms.Currency, session.Terms.Network,
        session.Terms.CurrencyAddress, session.Terms.DepositAddress, session.TransactionId, session.ExpiresAt,
        session.ConfirmedAt, session.ReceivedAmount, session.PendingAmount, session.LateAmount, session.Confirmations,
        session.RequiredConfirmations, session.CreatedAt, session.Sequence, session.EndedBy, UriOf(session),
        session.WidgetId, session.Terms.CustomerEmail, session.Terms.CustomerReference, session.Terms.Metadata,
        [.. session.Payments.Select(SessionTransaction.Of)], session.ArePaymentsTruncated,
        [.. session.Timeline.Select(TimelineEntry.Of)], session.IsTimelineTruncated);
}

/// <summary>One payment of a session.</summary>
internal sealed record SessionTransaction(
    string TxId,
    int Index,
    string Amount,
    [property: Description("SETTLED counts; LATE became final after the session, and doesn't.")]
    PaymentStage Status,
    int Confirmations,
    string? From,
    DateTimeOffset? ObservedAt,
    [property: Description("It was reported, or by its observedAt seen, before the session's expiresAt.")]
    bool ObservedInTime,
    DateTimeOffset SeenAt,
    DateTimeOffset? SettledAt,
    [property: Description(
        "True if another session at the same address asked exactly the same, so that this payment may be another " +
        "customer's. A session whose depositAddress is auto shares its address with nobody.")]
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
    [property: Description("Of the payment that brought it about.")]
    string? TxId,
    int? Index,
    [property: Description("The session's own, with this change.")]
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
