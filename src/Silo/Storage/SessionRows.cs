using System.Collections.Immutable;
using System.Data.Common;
using Bleepay.Grains.Sessions;

namespace Bleepay.Silo.Storage;

/// <summary>
/// Turns rows into sessions. The columns and their order are the same on every database; times differ.
/// </summary>
/// <param name="time">Reads a column that holds a moment.</param>
internal sealed class SessionRows(Func<DbDataReader, int, DateTimeOffset> time)
{
    /// <summary>What <see cref="Read"/> expects of <c>deposit_session</c>.</summary>
    public const string OfSession =
        """
        id, business_id, widget_id, amount, currency, network, currency_address, deposit_address,
            customer_email, customer_reference, metadata, underpayment_tolerance_percent,
            required_confirmations, capped_places, secret_key_id, fingerprint, created_at, expires_at
        """;

    /// <summary>
    /// What <see cref="ReadTimelines"/> expects of <c>session_event</c>, each session's in sequence. The first change
    /// is not among them: it is the session's own row.
    /// </summary>
    public const string OfEvent =
        """
        session_id, sequence, payment_status, cause, occurred_at, payment_tx_id, payment_transfer_index, tx_id,
            received_amount, confirmations
        """;

    /// <summary>What <see cref="ReadPayments"/> expects of <c>session_payment</c>, each session's as seen.</summary>
    public const string OfPayment =
        """
        session_id, tx_id, transfer_index, amount, stage, confirmations, sender, observed_at, observed_in_time,
            seen_sequence, seen_at, settled_at
        """;

    /// <summary>The changes of each session that has changed since it was opened, by its id.</summary>
    public Dictionary<string, ImmutableArray<SessionChange>.Builder> ReadTimelines(DbDataReader row) =>
        ReadLists(row, Change);

    /// <summary>The payments of each session that has any, by its id.</summary>
    public Dictionary<string, ImmutableArray<Payment>.Builder> ReadPayments(DbDataReader row) =>
        ReadLists(row, Payment);

    /// <summary>The sessions, by id, with their timelines and payments of the same moment.</summary>
    public Dictionary<string, DepositSession> Read(
        DbDataReader row,
        Dictionary<string, ImmutableArray<SessionChange>.Builder> timelines,
        Dictionary<string, ImmutableArray<Payment>.Builder> payments)
    {
        var found = new Dictionary<string, DepositSession>();
        while (row.Read())
        {
            var id = row.GetString(0);
            var session = Session(id, row, timelines.GetValueOrDefault(id));
            found[id] = payments.TryGetValue(id, out var paid)
                ? session with { Payments = paid.ToImmutable() }
                : session;
        }

        return found;
    }

    private static Dictionary<string, ImmutableArray<T>.Builder> ReadLists<T>(
        DbDataReader row, Func<DbDataReader, T> read)
    {
        var lists = new Dictionary<string, ImmutableArray<T>.Builder>();
        while (row.Read())
        {
            var id = row.GetString(0);
            if (!lists.TryGetValue(id, out var list)) lists[id] = list = ImmutableArray.CreateBuilder<T>();
            list.Add(read(row));
        }

        return lists;
    }

    private SessionChange Change(DbDataReader row) => new(
        row.GetInt32(1),
        SessionColumns.Status(row.GetString(2)),
        SessionColumns.Cause(row.GetString(3)),
        time(row, 4),
        row.IsDBNull(5) ? null : new PaymentKey(row.GetString(5), row.GetInt32(6)),
        row.IsDBNull(8) ? null : new PaymentTotals(Text(row, 7), row.GetString(8), row.GetInt32(9)));

    private Payment Payment(DbDataReader row) => new(
        new PaymentKey(row.GetString(1), row.GetInt32(2)),
        row.GetString(3),
        SessionColumns.Stage(row.GetString(4)),
        row.GetInt32(5),
        Text(row, 6),
        Time(row, 7),
        row.GetBoolean(8),
        row.GetInt32(9),
        time(row, 10),
        Time(row, 11));

    private DepositSession Session(string id, DbDataReader row, IEnumerable<SessionChange>? changes) => new()
    {
        Id = id,
        BusinessId = row.GetString(1),
        WidgetId = row.GetString(2),
        Terms = new SessionTerms(
            row.GetString(3), row.GetString(4), row.GetString(5), row.GetString(6), row.GetString(7),
            Text(row, 8), Text(row, 9), Text(row, 10)),
        UnderpaymentTolerancePercent = Text(row, 11),
        RequiredConfirmations = row.GetInt32(12),
        Places = (CappedPlaces)row.GetInt32(13),
        SecretKeyId = row.GetString(14),
        Fingerprint = row.IsDBNull(15) ? [] : [.. row.GetFieldValue<byte[]>(15)],
        CreatedAt = time(row, 16),
        ExpiresAt = time(row, 17),
        Timeline = [SessionChange.Opened(time(row, 16)), .. changes ?? []],
    };

    private DateTimeOffset? Time(DbDataReader row, int column) => row.IsDBNull(column) ? null : time(row, column);

    private static string? Text(DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetString(column);
}
