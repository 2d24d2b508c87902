using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Bleepay.Grains.Chains;
using Bleepay.Grains.Fields;

namespace Bleepay.Gateway.Chains;

/// <summary>The session that an unmatched payment is assigned to.</summary>
/// <remarks>Describes the body, which is read field by field.</remarks>
internal sealed record AssignPaymentRequest(
    [property: Description("A session of the business with the payment's network, currencyAddress and depositAddress.")]
    [property: Required, RegularExpression("^" + Identifiers.SessionPrefix + "[A-Za-z0-9_-]{1,64}$")]
    string SessionId);

/// <summary>A payment to an address of the business that no session took.</summary>
internal sealed record UnmatchedPaymentResource(
    string Id,
    string Network,
    string TxId,
    [property: Description("The ordinal, from 0, among the transaction's transfers in this token to this address.")]
    int Index,
    [property: Description("The token's symbol.")]
    string Currency,
    [property: Description("The token's contract; empty for the network's own coin.")]
    string CurrencyAddress,
    string DepositAddress,
    [property: Description("Decimal string in whole units of the currency, up to 78 digits.")]
    string Amount,
    [property: Description("The sender's address; null if it is not known.")]
    string? From,
    long BlockNumber,
    DateTimeOffset SeenAt,
    [property: Description("The number at the last reading of the chain.")]
    int Confirmations,
    [property: Description(
        "no_session: no session at the address could be paid; ambiguous: several could; dust: below 1/10,000 of what " +
        "any session asks; refused: the matching session refused it.")]
    UnmatchedReason Reason,
    [property: Description("The session that the payment was assigned to, or null.")]
    string? SessionId,
    DateTimeOffset? AssignedAt)
{
    public static UnmatchedPaymentResource Of(UnmatchedPayment payment) => new(
        payment.Id, payment.Network, payment.TransactionId, payment.Index, payment.Currency, payment.CurrencyAddress,
        payment.DepositAddress, payment.Amount, payment.From, payment.BlockNumber, payment.SeenAt,
        payment.Confirmations, payment.Reason, payment.SessionId, payment.AssignedAt);
}
