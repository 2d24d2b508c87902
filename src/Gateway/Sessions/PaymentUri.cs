using System.Numerics;
using Bleepay.Grains.Chains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Sessions;

namespace Bleepay.Gateway.Sessions;

/// <summary>
/// The URI by which a wallet pays what is missing of a session (ERC-681), with its chain's id, so that no wallet sends
/// the right token on another chain.
/// </summary>
internal static class PaymentUri
{
    /// <summary>Null where nothing is missing, the session has ended, or nothing sees its payments.</summary>
    /// <param name="received">Decimal string: final payments in time.</param>
    /// <param name="pending">Decimal string: payments that are seen and not final.</param>
    public static string? Of(SessionSummary session, PaymentStatus status, string received, string pending)
    {
        if (session.Target is not { } target || status.IsFinal()) return null;
        var terms = session.Terms;
        var units = Missing(Amount.Parse(terms.Amount), [Amount.Parse(received), Amount.Parse(pending)], target);
        if (units.Sign <= 0) return null;

        var to = EvmAddress.Checksum(terms.DepositAddress);
        return terms.CurrencyAddress.Length == 0
            ? $"ethereum:{to}@{target.ChainId}?value={units}"
            : $"ethereum:{EvmAddress.Checksum(terms.CurrencyAddress)}@{target.ChainId}/transfer" +
                $"?address={to}&uint256={units}";
    }

    /// <summary>
    /// In base units of the currency. A rest below one unit, which only reported payments can leave, is one unit.
    /// </summary>
    private static BigInteger Missing(Amount asked, Amount[] paid, PaymentTarget target)
    {
        var scale = paid.Append(asked).Max(amount => amount.Scale);
        scale = Math.Max(scale, target.Decimals);
        var missing = paid.Aggregate(asked.Units(scale), (rest, amount) => rest - amount.Units(scale));
        var unit = BigInteger.Pow(10, scale - target.Decimals);
        return (missing + unit - 1) / unit;
    }
}
