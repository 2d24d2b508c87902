using System.Data.Common;
using Bleepay.Grains.Chains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Sessions;
using Bleepay.Silo.Storage.Sessions;

namespace Bleepay.Silo.Storage.Chains;

/// <summary>
/// The parts of the statements that find the sessions a transfer may pay, alike on every database. The sessions are
/// <c>d</c>, the recipient is <c>k</c>.
/// </summary>
/// <param name="source">The sessions at the recipient's address, found by the index of addresses, up to and with
/// <c>where</c> and a condition.</param>
/// <param name="isAmountAsked">The condition that <c>amount</c> is one of the recipient's.</param>
internal sealed class PayableSessionSql(string source, PayableParameters bounds, string isAmountAsked)
{
    /// <summary>
    /// How many of the newest sessions at an address are read to find the businesses that have used it, apart from
    /// those of the sessions that may be paid.
    /// </summary>
    public const int BusinessesReadMax = 1_000;

    private const string EndedAt = "ended_at";

    /// <summary>What is read of a session.</summary>
    private static readonly Column<DepositSession>[] Columns =
    [
        SessionTable.Id, SessionTable.BusinessId, SessionTable.Status, SessionTable.Amount,
        SessionTable.UnderpaymentTolerancePercent, SessionTable.RequiredConfirmations,
        SessionTable.HasAssignedAddress, SessionTable.CreatedAt, SessionTable.ExpiresAt,
    ];

    private static readonly string OfSession = Names("d");

    /// <summary>What <see cref="Read"/> expects of a result of this class that is called <c>payable</c>.</summary>
    public static readonly string OfPayable =
        $"{Names("payable")}, (select min(occurred_at) from session_event " +
        $"where session_id = payable.id and payment_status = 'EXPIRED') as {EndedAt}";

    private string IsOpen => When(
        $"{SessionTable.IsOpen} and d.expires_at > {bounds.Now}", bounds.OpenSince);

    private string HasEnded => When(
        $"(d.payment_status = 'EXPIRED' or {SessionTable.IsOpen} and d.expires_at <= {bounds.Now})", bounds.EndedSince);

    /// <summary>The oldest open sessions, then the newest ended ones.</summary>
    public string Some =>
        $"""
        select * from (
            select {OfSession} from {source} and {IsOpen}
            order by d.created_at limit {IChainStore.OpenSessionsMax}) as opened
        union all
        select * from (
            select {OfSession} from {source} and {HasEnded}
            order by d.created_at desc limit {IChainStore.EndedSessionsMax}) as ended
        """;

    /// <summary>
    /// The same of each business, and of the open sessions those without a payment that ask exactly one of
    /// the amounts: as many as there are transfers, and one more to show that others ask the same.
    /// </summary>
    public string OfEachBusiness =>
        $"""
        select {Names("one")} from (
            select {OfSession}, {isAmountAsked} as is_asked, k.transfers,
                row_number() over (partition by d.business_id order by d.created_at) as rank,
                row_number() over (
                    partition by d.business_id, d.payment_status, d.amount order by d.created_at) as rank_of_amount
            from {source} and {IsOpen}) as one
        where rank <= {IChainStore.OpenSessionsMax}
           or (payment_status = 'CREATED' and is_asked and rank_of_amount <= transfers + 1)
        union all
        select {Names("one")} from (
            select {OfSession},
                row_number() over (partition by d.business_id order by d.created_at desc) as rank
            from {source} and {HasEnded}) as one
        where rank <= {IChainStore.EndedSessionsMax}
        """;

    /// <summary>The businesses of the newest sessions at the address, each with the network of the session.</summary>
    public string Newest =>
        $"select d.business_id, d.network from {source} " +
        "and case when lower(d.deposit_address) = k.address then true end " +
        $"order by d.created_at desc limit {BusinessesReadMax}";

    /// <summary>Every way in which a session may ask for this amount, separated by commas.</summary>
    public static string Spellings(IEnumerable<string> amounts)
    {
        var spellings = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var amount in amounts)
        {
            // A transfer's amount has no trailing zeros, but a session's may have some.
            var spelling = amount;
            if (spelling.Length <= FieldRules.AmountLengthMax) spellings.Add(spelling);
            if (!spelling.Contains('.', StringComparison.Ordinal)) spelling += ".";
            while (spelling.Length < FieldRules.AmountLengthMax) spellings.Add(spelling += "0");
        }

        return string.Join(',', spellings);
    }

    public static PayableRow Read(DbDataReader reader, Row<DepositSession> row) => new(
        row.Get(SessionTable.BusinessId),
        new PayableSession(
            row.Get(SessionTable.Id),
            SessionWords.Status(row.Get(SessionTable.Status)),
            Amount.Parse(row.Get(SessionTable.Amount)),
            Amount.Zero,
            row.Get(SessionTable.UnderpaymentTolerancePercent),
            row.Get(SessionTable.RequiredConfirmations),
            row.Get(SessionTable.HasAssignedAddress),
            row.Get(SessionTable.CreatedAt),
            row.Get(SessionTable.ExpiresAt),
            ColumnTypes.OptionalTime.Read(reader, reader.GetOrdinal(EndedAt))));

    /// <summary>
    /// As a <c>case</c>, no other index is used for it. The planner of PostgreSQL would take several conditions to
    /// leave next to no rows, and then sort all of them.
    /// </summary>
    private string When(string isPayable, string since) =>
        $"d.created_at > {since} and d.created_at <= {bounds.Until} and case when d.network = {bounds.Network} " +
        "and lower(d.deposit_address) = k.address and lower(d.currency_address) = k.token " +
        $"and {isPayable} then true end";

    private static string Names(string alias) => string.Join(", ", Columns.Select(column => $"{alias}.{column.Name}"));
}

/// <summary>The parameters of <see cref="PayableBounds"/> in a statement.</summary>
internal sealed record PayableParameters(string Network, string Now, string OpenSince, string EndedSince, string Until);
