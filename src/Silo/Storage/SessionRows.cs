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

    /// <summary>What <see cref="ReadTimelines"/> expects of <c>session_event</c>, each session's in sequence.</summary>
    public const string OfEvent = "session_id, sequence, payment_status, cause, occurred_at";

    /// <summary>The changes of each session, by its id.</summary>
    public Dictionary<string, ImmutableArray<SessionChange>.Builder> ReadTimelines(DbDataReader row)
    {
        var timelines = new Dictionary<string, ImmutableArray<SessionChange>.Builder>();
        while (row.Read())
        {
            var id = row.GetString(0);
            if (!timelines.TryGetValue(id, out var timeline))
                timelines[id] = timeline = ImmutableArray.CreateBuilder<SessionChange>();
            timeline.Add(new SessionChange(
                row.GetInt32(1), SessionColumns.Status(row.GetString(2)), SessionColumns.Cause(row.GetString(3)),
                time(row, 4)));
        }

        return timelines;
    }

    /// <summary>The sessions, by id, with their timelines of the same moment.</summary>
    public Dictionary<string, DepositSession> Read(
        DbDataReader row, Dictionary<string, ImmutableArray<SessionChange>.Builder> timelines)
    {
        var found = new Dictionary<string, DepositSession>();
        while (row.Read())
        {
            var id = row.GetString(0);
            found[id] = Session(id, row, timelines[id].ToImmutable());
        }

        return found;
    }

    private DepositSession Session(string id, DbDataReader row, ImmutableArray<SessionChange> timeline) => new()
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
        Timeline = timeline,
    };

    private static string? Text(DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetString(column);
}
