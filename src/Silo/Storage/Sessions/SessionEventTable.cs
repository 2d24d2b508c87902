using Bleepay.Grains.Sessions;

namespace Bleepay.Silo.Storage.Sessions;

/// <summary>A change of a session after its creation.</summary>
internal readonly record struct SessionEvent(string SessionId, SessionChange Change);

/// <summary>
/// The columns of <c>session_event</c>, alike on every database. A session's first change has no row here: it is the
/// session's own row.
/// </summary>
internal static class SessionEventTable
{
    public static readonly Table<SessionEvent> Table = new("session_event");

    public static readonly Column<SessionEvent, string> SessionId =
        Table.Text("session_id", entry => entry.SessionId);

    public static readonly Column<SessionEvent, int> Sequence =
        Table.Integer("sequence", entry => entry.Change.Sequence);

    public static readonly Column<SessionEvent, string> Status =
        Table.Text("payment_status", entry => SessionWords.Text(entry.Change.Status));

    public static readonly Column<SessionEvent, string> Cause =
        Table.Text("cause", entry => SessionWords.Text(entry.Change.Cause));

    public static readonly Column<SessionEvent, DateTimeOffset> At =
        Table.Time("occurred_at", entry => entry.Change.At);

    public static readonly Column<SessionEvent, string?> PaymentTransactionId =
        Table.OptionalText("payment_tx_id", entry => entry.Change.Payment?.TransactionId);

    public static readonly Column<SessionEvent, int?> PaymentIndex =
        Table.OptionalInteger("payment_transfer_index", entry => entry.Change.Payment?.Index);

    public static readonly Column<SessionEvent, string?> TransactionId =
        Table.OptionalText("tx_id", entry => entry.Change.Totals?.TransactionId);

    public static readonly Column<SessionEvent, string?> ReceivedAmount =
        Table.OptionalText("received_amount", entry => entry.Change.Totals?.ReceivedAmount);

    public static readonly Column<SessionEvent, int?> Confirmations =
        Table.OptionalInteger("confirmations", entry => entry.Change.Totals?.Confirmations);

    public static readonly Column<SessionEvent, string?> PendingAmount =
        Table.OptionalText("pending_amount", entry => entry.Change.Totals?.PendingAmount);

    public static readonly Column<SessionEvent, string?> LateAmount =
        Table.OptionalText("late_amount", entry => entry.Change.Totals?.LateAmount);

    /// <summary>Reads the changes of some sessions, each session's in their order.</summary>
    /// <param name="isWanted">The condition on <c>session_id</c>, without the column.</param>
    public static string Select(string isWanted) =>
        $"select {Table.Names} from {Table.Name} where session_id {isWanted} order by session_id, sequence";

    public static SessionChange Read(Row<SessionEvent> row) => new(
        row.Get(Sequence),
        SessionWords.Status(row.Get(Status)),
        SessionWords.Cause(row.Get(Cause)),
        row.Get(At),
        row.Get(PaymentTransactionId) is { } payment ? new PaymentKey(payment, row.Get(PaymentIndex)!.Value) : null,
        row.Get(ReceivedAmount) is { } received
            ? new PaymentTotals(
                row.Get(TransactionId), received, row.Get(Confirmations)!.Value, row.Get(PendingAmount)!,
                row.Get(LateAmount)!)
            : null);
}
