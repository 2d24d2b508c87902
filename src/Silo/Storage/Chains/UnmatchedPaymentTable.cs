using System.Data.Common;
using Bleepay.Grains.Chains;

namespace Bleepay.Silo.Storage.Chains;

/// <summary>A row of <c>unmatched_payment</c>.</summary>
/// <param name="IsSettled">True if the transfer is final.</param>
/// <param name="IsRemoved">True if the transfer has vanished in a reorganisation.</param>
internal sealed record UnmatchedRow(
    UnmatchedPayment Payment, DateTimeOffset BlockTime, bool IsSettled, bool IsRemoved)
{
    public static UnmatchedRow Of(UnmatchedSighting sighting, DateTimeOffset now)
    {
        var (transfer, businessId) = (sighting.Unmatched.Transfer, sighting.Unmatched.BusinessId);
        var (token, address) = transfer.To;
        var id = UnmatchedPayment.IdOf(
            businessId, transfer.Network, token, address, transfer.TransactionId, transfer.Index);
        return new(
            new UnmatchedPayment(
                id, businessId, transfer.Network, transfer.TransactionId, transfer.Index, sighting.Currency, token,
                address, transfer.Amount, transfer.From, transfer.BlockNumber,
                DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds()), sighting.Confirmations,
                sighting.Unmatched.Reason, SessionId: null, AssignedAt: null),
            transfer.BlockTime,
            sighting.IsSettled,
            sighting.IsRemoved);
    }
}

/// <summary>The columns of <c>unmatched_payment</c>, alike on every database.</summary>
internal static class UnmatchedPaymentTable
{
    public static readonly Table<UnmatchedRow> Table = new("unmatched_payment");

    public static readonly Column<UnmatchedRow, string> Id = Table.Text("id", row => row.Payment.Id);

    public static readonly Column<UnmatchedRow, string> BusinessId =
        Table.Text("business_id", row => row.Payment.BusinessId);

    public static readonly Column<UnmatchedRow, string> Network =
        Table.Text("network", row => row.Payment.Network);

    public static readonly Column<UnmatchedRow, string> TransactionId =
        Table.Text("tx_id", row => row.Payment.TransactionId);

    public static readonly Column<UnmatchedRow, int> Index =
        Table.Integer("transfer_index", row => row.Payment.Index);

    public static readonly Column<UnmatchedRow, string> Currency =
        Table.Text("currency", row => row.Payment.Currency);

    public static readonly Column<UnmatchedRow, string> CurrencyAddress =
        Table.Text("currency_address", row => row.Payment.CurrencyAddress);

    public static readonly Column<UnmatchedRow, string> DepositAddress =
        Table.Text("deposit_address", row => row.Payment.DepositAddress);

    public static readonly Column<UnmatchedRow, string> Amount =
        Table.Text("amount", row => row.Payment.Amount);

    public static readonly Column<UnmatchedRow, string?> From =
        Table.OptionalText("sender", row => row.Payment.From);

    public static readonly Column<UnmatchedRow, long> BlockNumber =
        Table.Long("block_number", row => row.Payment.BlockNumber);

    public static readonly Column<UnmatchedRow, DateTimeOffset> BlockTime =
        Table.Time("block_time", row => row.BlockTime);

    public static readonly Column<UnmatchedRow, DateTimeOffset> SeenAt =
        Table.Time("seen_at", row => row.Payment.SeenAt);

    public static readonly Column<UnmatchedRow, int> Confirmations =
        Table.Integer("confirmations", row => row.Payment.Confirmations);

    public static readonly Column<UnmatchedRow, string> Reason =
        Table.Text("reason", row => UnmatchedWords.Text(row.Payment.Reason));

    public static readonly Column<UnmatchedRow, bool> IsSettled = Table.Boolean("is_settled", row => row.IsSettled);

    public static readonly Column<UnmatchedRow, bool> IsRemoved = Table.Boolean("is_removed", row => row.IsRemoved);

    public static readonly Column<UnmatchedRow, string?> SessionId =
        Table.OptionalText("session_id", row => row.Payment.SessionId);

    public static readonly Column<UnmatchedRow, DateTimeOffset?> AssignedAt =
        Table.OptionalTime("assigned_at", row => row.Payment.AssignedAt);

    /// <summary>
    /// What a sighting changes of a row <c>known</c>, from a row <c>new</c>. A reorganisation can give the same
    /// transaction another block and another outcome, until the payment is assigned.
    /// </summary>
    public static readonly string Seen =
        $"""
        {BlockNumber.Name} = new.{BlockNumber.Name}, {BlockTime.Name} = new.{BlockTime.Name},
            {Confirmations.Name} = new.{Confirmations.Name},
            {IsSettled.Name} = known.{IsSettled.Name} or new.{IsSettled.Name}, {IsRemoved.Name} = new.{IsRemoved.Name},
            {Amount.Name} = case when known.{SessionId.Name} is null then new.{Amount.Name} else known.{Amount.Name} end
        """;

    /// <summary>Reads one payment.</summary>
    /// <param name="id">A parameter.</param>
    public static string Select(string id) => $"select {Table.Names} from unmatched_payment where id = {id}";

    /// <summary>
    /// Assigns a payment to a session, and returns the row. A payment that another session of the business has
    /// recorded, from another reporter, must not be counted twice.
    /// </summary>
    /// <param name="id">A parameter, as are the others.</param>
    public static string Assign(string id, string sessionId, string now) =>
        $"""
        update unmatched_payment as known
        set session_id = {sessionId}, assigned_at = coalesce(known.assigned_at, {now})
        where known.id = {id} and not known.is_removed and (known.session_id is null or known.session_id = {sessionId})
          and not exists (
            select 1 from session_payment as payment join deposit_session as session on session.id = payment.session_id
            where payment.tx_id = known.tx_id and payment.transfer_index = known.transfer_index
              and session.id <> {sessionId} and session.business_id = known.business_id
              and session.network = known.network and lower(session.currency_address) = known.currency_address
              and lower(session.deposit_address) = known.deposit_address)
        returning {Table.Names}
        """;

    /// <inheritdoc cref="Assign" path="/param"/>
    public static string Release(string id, string sessionId) =>
        "update unmatched_payment set session_id = null, assigned_at = null " +
        $"where id = {id} and session_id = {sessionId}";

    public static UnmatchedRow Read(DbDataReader reader) => Read(new Row<UnmatchedRow>(reader, Table));

    public static UnmatchedRow Read(Row<UnmatchedRow> row) => new(
        new UnmatchedPayment(
            row.Get(Id), row.Get(BusinessId), row.Get(Network), row.Get(TransactionId), row.Get(Index),
            row.Get(Currency), row.Get(CurrencyAddress), row.Get(DepositAddress), row.Get(Amount), row.Get(From),
            row.Get(BlockNumber), row.Get(SeenAt), row.Get(Confirmations), UnmatchedWords.Reason(row.Get(Reason)),
            row.Get(SessionId), row.Get(AssignedAt)),
        row.Get(BlockTime),
        row.Get(IsSettled),
        row.Get(IsRemoved));
}
