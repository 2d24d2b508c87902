using Bleepay.Grains.Fields;

namespace Bleepay.Grains.Chains;

/// <summary>
/// A transfer on a watched network to an address of a business that no session took. Addresses and hashes are in lower
/// case.
/// </summary>
/// <param name="Id"><c>ump_</c> and 22 characters; see <see cref="IdOf"/>.</param>
/// <param name="TransactionId">The transaction's hash.</param>
/// <param name="Index">The ordinal, from 0, among the transfers of the transaction in this token to this
/// address.</param>
/// <param name="Currency">The token's symbol, such as <c>USDC</c>.</param>
/// <param name="CurrencyAddress">The token's contract; empty for the network's own coin.</param>
/// <param name="Amount">Decimal string in whole units, above zero, up to 78 digits.</param>
/// <param name="From">The sender's address, or null.</param>
/// <param name="SeenAt">When it was recorded. UTC, whole milliseconds.</param>
/// <param name="Confirmations">As the watcher has last seen them.</param>
/// <param name="SessionId">The session that it was assigned to, or null.</param>
/// <param name="AssignedAt">When it was assigned, or null. UTC, whole milliseconds.</param>
[GenerateSerializer, Immutable, Alias("bleepay.unmatched")]
public sealed record UnmatchedPayment(
    [property: Id(0)] string Id,
    [property: Id(1)] string BusinessId,
    [property: Id(2)] string Network,
    [property: Id(3)] string TransactionId,
    [property: Id(4)] int Index,
    [property: Id(5)] string Currency,
    [property: Id(6)] string CurrencyAddress,
    [property: Id(7)] string DepositAddress,
    [property: Id(8)] string Amount,
    [property: Id(9)] string? From,
    [property: Id(10)] long BlockNumber,
    [property: Id(11)] DateTimeOffset SeenAt,
    [property: Id(12)] int Confirmations,
    [property: Id(13)] UnmatchedReason Reason,
    [property: Id(14)] string? SessionId,
    [property: Id(15)] DateTimeOffset? AssignedAt)
{
    private const string Purpose = "ump/v1";

    /// <summary>
    /// The id of a transfer in a business. It follows from what identifies the transfer, so a transfer that is seen
    /// again, on any node, is the same unmatched payment.
    /// </summary>
    public static string IdOf(
        string businessId, string network, string currencyAddress, string depositAddress, string transactionId,
        int index) => Identifiers.Of(
        Identifiers.UnmatchedPaymentPrefix, Purpose, businessId, network, currencyAddress, depositAddress,
        transactionId, index.ToString(System.Globalization.CultureInfo.InvariantCulture));
}
