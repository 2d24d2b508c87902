using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Sessions;

namespace Bleepay.Silo.Storage;

/// <summary>Reads of each session what a list shows, in one row; alike on every database.</summary>
internal sealed class SessionSummaryRows(IDatabase database)
{
    /// <summary>
    /// The latest change has the totals of all before it, and the first is the session's own row. What was paid late is
    /// added up exactly, which not every database can.
    /// </summary>
    private const string Columns =
        """
        session.id, session.business_id, session.widget_id, session.payment_status, session.amount, session.currency,
            session.network, session.currency_address, session.deposit_address, session.customer_email,
            session.customer_reference, session.metadata, session.secret_key_id, session.required_confirmations,
            session.created_at, session.expires_at, session.sequence, latest.tx_id, latest.received_amount,
            latest.confirmations,
            (select occurred_at from session_event as paid
             where paid.session_id = session.id and paid.payment_status in ('CONFIRMED', 'OVERPAID')
             order by paid.sequence limit 1),
            (select string_agg(late.amount, ' ') from session_payment as late
             where late.session_id = session.id and late.stage = 'LATE')
        """;

    /// <summary>The sessions of these ids, newest first.</summary>
    [SuppressMessage("Security", "CA2100", Justification = "Put together from constants; the ids are a parameter.")]
    public DbCommand Command(DbConnection connection, IReadOnlyList<string> ids)
    {
        var command = connection.CreateCommand();
        command.CommandText =
            $"select {Columns} from deposit_session as session left join session_event as latest " +
            "on latest.session_id = session.id and latest.sequence = session.sequence " +
            $"where {database.IsOneOf("session.id", "@ids")} order by session.created_at desc, session.id desc";
        command.Add("ids", database.Values(ids));
        return command;
    }

    public SessionSummary Read(DbDataReader row) => new(
        row.GetString(0),
        row.GetString(1),
        row.GetString(2),
        SessionColumns.Status(row.GetString(3)),
        new SessionTerms(
            row.GetString(4), row.GetString(5), row.GetString(6), row.GetString(7), row.GetString(8), Text(row, 9),
            Text(row, 10), Text(row, 11)),
        row.GetString(12),
        Text(row, 17),
        Text(row, 18) ?? "0",
        row.IsDBNull(19) ? 0 : row.GetInt32(19),
        row.GetInt32(13),
        database.Moment(row, 14),
        database.Moment(row, 15),
        row.IsDBNull(20) ? null : database.Moment(row, 20),
        LateAmount(Text(row, 21)),
        row.GetInt32(16));

    private static string LateAmount(string? amounts)
    {
        var sum = Amount.Zero;
        foreach (var amount in amounts?.Split(' ') ?? []) sum += Amount.Parse(amount);
        return sum.ToString();
    }

    private static string? Text(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
