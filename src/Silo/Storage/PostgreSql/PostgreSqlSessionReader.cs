using System.Collections.Immutable;
using Bleepay.Grains.Sessions;
using Npgsql;

namespace Bleepay.Silo.Storage.PostgreSql;

/// <summary>Reads sessions by id, and those that end soon, many at a time.</summary>
internal sealed class PostgreSqlSessionReader(PostgreSqlDatabase database)
{
    internal const string Everywhere =
        "select id, expires_at from deposit_session where " + SessionColumns.IsOpen + " and expires_at <= $1";

    internal const string Within = Everywhere + " and grain_hash > $2 and grain_hash <= $3";
    internal const string Around = Everywhere + " and (grain_hash > $2 or grain_hash <= $3)";

    private const string Sessions =
        """
        select id, business_id, widget_id, amount, currency, network, currency_address, deposit_address,
            customer_email, customer_reference, metadata, underpayment_tolerance_percent, required_confirmations,
            capped_places, secret_key_id, fingerprint, created_at, expires_at
        from deposit_session where id = any($1)
        """;

    private const string Events =
        """
        select session_id, sequence, payment_status, cause, occurred_at
        from session_event where session_id = any($1)
        order by session_id, sequence
        """;

    public IReadOnlyList<DepositSession?> Read(IReadOnlyList<string> ids)
    {
        var wanted = ids.Distinct().ToArray();
        using var connection = database.Open();

        // One snapshot for both statements, so that a row and its events are of the same moment.
        using var transaction = connection.BeginTransaction(System.Data.IsolationLevel.RepeatableRead);
        using var batch = new NpgsqlBatch(connection, transaction)
        {
            BatchCommands = { Command(Events, wanted), Command(Sessions, wanted) },
        };
        var found = new Dictionary<string, DepositSession>();
        using (var row = batch.ExecuteReader())
        {
            var timelines = Timelines(row);
            row.NextResult();
            while (row.Read())
            {
                var id = row.GetString(0);
                found[id] = Session(id, row, timelines[id].ToImmutable());
            }
        }

        transaction.Commit();
        return [.. ids.Select(found.GetValueOrDefault)];
    }

    public IReadOnlyList<IReadOnlyList<DueSession>> ReadDue(IReadOnlyList<DueQuery> queries)
    {
        using var connection = database.Open();
        using var batch = new NpgsqlBatch(connection);
        foreach (var query in queries) batch.BatchCommands.Add(Command(query));

        var due = new List<IReadOnlyList<DueSession>>(queries.Count);
        using var row = batch.ExecuteReader();
        do
        {
            var sessions = new List<DueSession>();
            while (row.Read()) sessions.Add(new(row.GetString(0), Time(row, 1)));
            due.Add(sessions);
        }
        while (row.NextResult());
        return due;
    }

    private static NpgsqlBatchCommand Command(string sql, string[] ids) => new(sql)
    {
        Parameters = { new NpgsqlParameter<string[]> { TypedValue = ids } },
    };

    private static NpgsqlBatchCommand Command(DueQuery query)
    {
        // The ring's positions are unsigned, the column's are signed: the same circle, begun at another
        // point.
        var begin = unchecked((int)query.Begin);
        var end = unchecked((int)query.End);
        var command = new NpgsqlBatchCommand(begin == end ? Everywhere : begin < end ? Within : Around);
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = query.Horizon.UtcDateTime });
        if (begin == end) return command;
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = begin });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = end });
        return command;
    }

    private static Dictionary<string, ImmutableArray<SessionChange>.Builder> Timelines(NpgsqlDataReader row)
    {
        var timelines = new Dictionary<string, ImmutableArray<SessionChange>.Builder>();
        while (row.Read())
        {
            var id = row.GetString(0);
            if (!timelines.TryGetValue(id, out var timeline))
                timelines[id] = timeline = ImmutableArray.CreateBuilder<SessionChange>();
            timeline.Add(new SessionChange(
                row.GetInt32(1), SessionColumns.Status(row.GetString(2)), SessionColumns.Cause(row.GetString(3)),
                Time(row, 4)));
        }

        return timelines;
    }

    private static DepositSession Session(string id, NpgsqlDataReader row, ImmutableArray<SessionChange> timeline) =>
        new()
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
            CreatedAt = Time(row, 16),
            ExpiresAt = Time(row, 17),
            Timeline = timeline,
        };

    private static DateTimeOffset Time(NpgsqlDataReader row, int column) => row.GetFieldValue<DateTimeOffset>(column);

    private static string? Text(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetString(column);
}
