using Bleepay.Grains.Sessions;

namespace Bleepay.Silo.Storage.Sessions;

/// <summary>A payment of a session.</summary>
internal readonly record struct SessionPayment(string SessionId, Payment Payment);

/// <summary>The columns of <c>session_payment</c>, alike on every database.</summary>
internal static class SessionPaymentTable
{
    public static readonly Table<SessionPayment> Table = new("session_payment");

    public static readonly Column<SessionPayment, string> SessionId =
        Table.Text("session_id", entry => entry.SessionId);

    public static readonly Column<SessionPayment, string> TransactionId =
        Table.Text("tx_id", entry => entry.Payment.Key.TransactionId);

    public static readonly Column<SessionPayment, int> Index =
        Table.Integer("transfer_index", entry => entry.Payment.Key.Index);

    public static readonly Column<SessionPayment, string> Amount =
        Table.Text("amount", entry => entry.Payment.Amount);

    public static readonly Column<SessionPayment, string> Stage =
        Table.Text("stage", entry => SessionWords.Text(entry.Payment.Stage));

    public static readonly Column<SessionPayment, int> Confirmations =
        Table.Integer("confirmations", entry => entry.Payment.Confirmations);

    public static readonly Column<SessionPayment, string?> From =
        Table.OptionalText("sender", entry => entry.Payment.From);

    public static readonly Column<SessionPayment, DateTimeOffset?> ObservedAt =
        Table.OptionalTime("observed_at", entry => entry.Payment.ObservedAt);

    public static readonly Column<SessionPayment, bool> ObservedInTime =
        Table.Boolean("observed_in_time", entry => entry.Payment.ObservedInTime);

    public static readonly Column<SessionPayment, int> SeenSequence =
        Table.Integer("seen_sequence", entry => entry.Payment.SeenSequence);

    public static readonly Column<SessionPayment, DateTimeOffset> SeenAt =
        Table.Time("seen_at", entry => entry.Payment.SeenAt);

    public static readonly Column<SessionPayment, DateTimeOffset?> SettledAt =
        Table.OptionalTime("settled_at", entry => entry.Payment.SettledAt);

    public static readonly Column<SessionPayment, bool> IsAmbiguous =
        Table.Boolean("is_ambiguous", entry => entry.Payment.IsAmbiguous);

    /// <summary>The end of an insert, for a payment that is stored already: updates what a report can change.</summary>
    public static readonly string OrUpdate =
        $"on conflict ({SessionId.Name}, {TransactionId.Name}, {Index.Name}) do update set " +
        string.Join(", ", new Column<SessionPayment>[] { Amount, Stage, Confirmations, SettledAt }
            .Select(column => $"{column.Name} = excluded.{column.Name}"));

    /// <summary>Reads the payments of some sessions, each session's in the order of its changes.</summary>
    /// <param name="isWanted">The condition on <c>session_id</c>, without the column.</param>
    public static string Select(string isWanted) =>
        $"select {Table.Names} from {Table.Name} where session_id {isWanted} order by session_id, seen_sequence";

    public static Payment Read(Row<SessionPayment> row) => new(
        new PaymentKey(row.Get(TransactionId), row.Get(Index)),
        row.Get(Amount),
        SessionWords.Stage(row.Get(Stage)),
        row.Get(Confirmations),
        row.Get(From),
        row.Get(ObservedAt),
        row.Get(ObservedInTime),
        row.Get(SeenSequence),
        row.Get(SeenAt),
        row.Get(SettledAt),
        row.Get(IsAmbiguous));
}
