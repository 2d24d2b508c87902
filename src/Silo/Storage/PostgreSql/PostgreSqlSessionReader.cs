using Bleepay.Grains.Sessions;
using Bleepay.Silo.Storage.Sessions;
using Npgsql;

namespace Bleepay.Silo.Storage.PostgreSql;

/// <summary>Reads sessions by id, and those that end soon, many at a time.</summary>
internal sealed class PostgreSqlSessionReader(PostgreSqlDatabase database)
{
    internal const string Everywhere =
        "select id, expires_at from deposit_session where " + SessionTable.IsOpen + " and expires_at <= $1";

    internal const string Within = Everywhere + " and grain_hash > $2 and grain_hash <= $3";
    internal const string Around = Everywhere + " and (grain_hash > $2 or grain_hash <= $3)";

    private const string IsWanted = "= any($1)";

    private static readonly string Sessions = SessionTable.Select(IsWanted);
    private static readonly string Events = SessionEventTable.Select(IsWanted);
    private static readonly string Payments = SessionPaymentTable.Select(IsWanted);

    public IReadOnlyList<DepositSession?> Read(IReadOnlyList<string> ids)
    {
        var wanted = ids.Distinct().ToArray();
        using var connection = database.Open();

        // One snapshot for all statements, so that a row, its events and payments belong together.
        using var transaction = connection.BeginTransaction(System.Data.IsolationLevel.RepeatableRead);
        using var batch = new NpgsqlBatch(connection, transaction)
        {
            BatchCommands = { Command(Events, wanted), Command(Payments, wanted), Command(Sessions, wanted) },
        };
        Dictionary<string, DepositSession> found;
        using (var reader = batch.ExecuteReader())
        {
            var timelines = SessionRows.ReadTimelines(reader);
            reader.NextResult();
            var payments = SessionRows.ReadPayments(reader);
            reader.NextResult();
            found = SessionRows.Read(reader, timelines, payments);
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
            while (row.Read()) sessions.Add(new(row.GetString(0), row.GetFieldValue<DateTimeOffset>(1)));
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
        // The ring's positions are unsigned and the column's are signed: the same circle with another starting point.
        var begin = unchecked((int)query.Begin);
        var end = unchecked((int)query.End);
        var command = new NpgsqlBatchCommand(begin == end ? Everywhere : begin < end ? Within : Around);
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = query.Horizon.UtcDateTime });
        if (begin == end) return command;
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = begin });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = end });
        return command;
    }
}
