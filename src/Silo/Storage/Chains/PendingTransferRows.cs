using System.Data.Common;
using Bleepay.Grains.Chains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Sessions;

namespace Bleepay.Silo.Storage.Chains;

/// <summary>Reads the transfers that wait to become final, alike on every database.</summary>
internal static class PendingTransferRows
{
    /// <summary>
    /// The latest transfers that are recorded as seen. A payment without a confirmation stands in no block: somebody
    /// else than a watcher has reported it, unless the first confirmation makes it final.
    /// </summary>
    /// <param name="network">A parameter.</param>
    public static string Sql(string network) =>
        $"""
        select session.business_id, lower(session.currency_address), lower(session.deposit_address), payment.tx_id,
            payment.transfer_index, payment.amount, payment.sender, 0 as block_number, payment.seen_at as known_at,
            session.id, session.required_confirmations, payment.is_ambiguous, null as reason
        from session_payment as payment join deposit_session as session on session.id = payment.session_id
        where payment.stage = 'PENDING' and session.network = {network}
          and (payment.confirmations > 0 or session.required_confirmations = 1)
        union all
        select business_id, currency_address, deposit_address, tx_id, transfer_index, amount, sender, block_number,
            block_time, null, 0, false, reason
        from unmatched_payment
        where network = {network} and not is_settled and not is_removed
        order by known_at desc limit {IChainStore.PendingMax}
        """;

    public static TransferDecision Read(DbDataReader row, string network)
    {
        // Whoever has reported a payment may have written zeros that a watcher does not.
        var amount = Amount.Sum([Amount.Parse(row.GetString(5))]).ToString();
        var transfer = new Transfer(
            network, new TransferRecipient(row.GetString(1), row.GetString(2)), row.GetString(3), row.GetInt32(4),
            amount, Text(row, 6), row.GetInt64(7), "",
            ColumnTypes.Time.Read(row, 8));
        return Text(row, 9) is { } session
            ? new MatchedTransfer(
                transfer, row.GetString(0), IsRecorded: true, session, row.GetInt32(10), row.GetBoolean(11),
                PaymentStage.Pending)
            : new UnmatchedTransfer(
                transfer, row.GetString(0), IsRecorded: true, UnmatchedWords.Reason(row.GetString(12)));
    }

    private static string? Text(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
