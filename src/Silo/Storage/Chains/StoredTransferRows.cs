using System.Data.Common;
using Bleepay.Grains.Chains;
using Bleepay.Grains.Fields;
using Bleepay.Silo.Storage.Sessions;

namespace Bleepay.Silo.Storage.Chains;

/// <summary>Reads transfers that are stored, with what is known of them, alike on every database.</summary>
internal static class StoredTransferRows
{
    /// <summary>
    /// The latest transfers that wait to become final. A payment without a confirmation is in no block: its
    /// reporter is not a watcher, unless the first confirmation makes it final.
    /// </summary>
    /// <param name="network">A parameter.</param>
    public static string Pending(string network) => Sql(
        network,
        "payment.stage = 'PENDING' and (payment.confirmations > 0 or session.required_confirmations = 1)",
        "not is_settled and not is_removed",
        IChainStore.PendingMax);

    /// <summary>
    /// The latest transfers that became final after a time, by the service's clock or by that of the chain: a chain's
    /// blocks may be ahead.
    /// </summary>
    /// <param name="network">A parameter.</param>
    /// <param name="since">A parameter.</param>
    public static string Final(string network, string since) => Sql(
        network,
        $"payment.stage in ('SETTLED', 'LATE') and (payment.settled_at > {since} or payment.observed_at > {since})",
        $"is_settled and not is_removed and session_id is null and block_time > {since}",
        IChainStore.FinalMax);

    private static string Sql(string network, string isPayment, string isUnmatched, int max) =>
        $"""
        select session.business_id, lower(session.currency_address), lower(session.deposit_address), payment.tx_id,
            payment.transfer_index, payment.amount, payment.sender, 0 as block_number,
            coalesce(payment.observed_at, payment.seen_at) as known_at, session.id, session.required_confirmations,
            payment.is_ambiguous, null as reason, payment.stage
        from session_payment as payment join deposit_session as session on session.id = payment.session_id
        where {isPayment} and session.network = {network}
        union all
        select business_id, currency_address, deposit_address, tx_id, transfer_index, amount, sender, block_number,
            block_time, null, 0, false, reason, null
        from unmatched_payment
        where network = {network} and {isUnmatched}
        order by known_at desc limit {max}
        """;

    public static TransferDecision Read(DbDataReader row, string network)
    {
        // Another reporter may have written zeros that a watcher does not.
        var amount = Amount.Sum([Amount.Parse(row.GetString(5))]).ToString();
        var transfer = new Transfer(
            network, new TransferRecipient(row.GetString(1), row.GetString(2)), row.GetString(3), row.GetInt32(4),
            amount, Text(row, 6), row.GetInt64(7), "",
            ColumnTypes.Time.Read(row, 8));
        return Text(row, 9) is { } session
            ? new MatchedTransfer(
                transfer, row.GetString(0), IsRecorded: true, session, row.GetInt32(10), row.GetBoolean(11),
                SessionWords.Stage(row.GetString(13)))
            : new UnmatchedTransfer(
                transfer, row.GetString(0), IsRecorded: true, UnmatchedWords.Reason(row.GetString(12)));
    }

    private static string? Text(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
