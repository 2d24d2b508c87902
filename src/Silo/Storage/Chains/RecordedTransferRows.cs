using System.Data.Common;
using Bleepay.Grains.Chains;
using Bleepay.Silo.Storage.Sessions;

namespace Bleepay.Silo.Storage.Chains;

/// <summary>Reads the transfers that are recorded, for a session or as unmatched, alike on every database.</summary>
internal static class RecordedTransferRows
{
    /// <summary>The statement for the transfers of some transactions on one network.</summary>
    /// <param name="isWanted">The condition on <c>tx_id</c>.</param>
    /// <param name="network">A parameter.</param>
    public static string Sql(string isWanted, string network) =>
        $"""
        select session.business_id, lower(session.currency_address), lower(session.deposit_address), payment.tx_id,
            payment.transfer_index, session.id, session.required_confirmations, payment.stage, null
        from session_payment as payment join deposit_session as session on session.id = payment.session_id
        where payment.{isWanted} and session.network = {network}
        union all
        select business_id, currency_address, deposit_address, tx_id, transfer_index, null, 0, null, reason
        from unmatched_payment
        where {isWanted} and network = {network}
        """;

    public static RecordedRow Read(DbDataReader row) => new(
        row.GetString(0),
        new TransferRecipient(row.GetString(1), row.GetString(2)),
        new RecordedTransfer(
            row.GetString(3),
            row.GetInt32(4),
            Text(row, 5),
            row.GetInt32(6),
            Text(row, 7) is { } stage ? SessionWords.Stage(stage) : null,
            Text(row, 8) is { } reason ? UnmatchedWords.Reason(reason) : null));

    private static string? Text(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
