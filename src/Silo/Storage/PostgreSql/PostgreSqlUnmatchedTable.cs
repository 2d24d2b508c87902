using Bleepay.Grains;
using Bleepay.Grains.Chains;
using Bleepay.Silo.Storage.Chains;
using Npgsql;

namespace Bleepay.Silo.Storage.PostgreSql;

/// <summary>Unmatched payments in PostgreSQL.</summary>
internal sealed class PostgreSqlUnmatchedTable(PostgreSqlDatabase database) : IUnmatchedTable
{
    /// <summary>A retry is needed only when another node inserts the same payment meanwhile.</summary>
    private const int AttemptsMax = 5;

    /// <summary>
    /// A payment that is known is updated, and one that is new is inserted with its event. Where another node inserts
    /// the same payment meanwhile, neither is done.
    /// </summary>
    private static readonly PostgreSqlStatement<UnmatchedRow[]> Sightings = new(statement =>
    {
        var rows = statement.Rows(batch => batch);
        var columns = UnmatchedPaymentTable.Table.Columns;
        return
            $"""
            with new as materialized (select * from {rows.As("new", columns)}),
            inserted as (
                insert into unmatched_payment ({UnmatchedPaymentTable.Table.Names})
                select {UnmatchedPaymentTable.Table.Names} from new where not is_removed
                on conflict (id) do nothing
                returning id, business_id),
            updated as (
                update unmatched_payment as known set {UnmatchedPaymentTable.Seen}
                from new where known.id = new.id
                returning known.id, known.session_id)
            {PostgreSqlOutbox.Steps("inserted", OutboxEvents.Of(rows))}
            select inserted.id, null, owing.endpoint_ids from inserted {PostgreSqlOutbox.Owing("inserted")}
            union all
            select id, session_id, null from updated
            """;
    });

    private static readonly string ById = UnmatchedPaymentTable.Select("$1");
    private static readonly string Assign = UnmatchedPaymentTable.Assign("$1", "$2", "$3");

    public UnmatchedCommit Record(IReadOnlyList<UnmatchedSighting> sightings, DateTimeOffset now)
    {
        var rows = sightings.Select(sighting => UnmatchedRow.Of(sighting, now)).ToList();
        var pending = rows.GroupBy(row => row.Payment.Id).ToDictionary(same => same.Key, same => same.Last());
        var sessions = new Dictionary<string, string?>();
        var queued = new HashSet<string>();
        for (var attempt = 1; pending.Count > 0; attempt++)
        {
            Record([.. pending.Values], sessions, queued);
            foreach (var id in sessions.Keys) pending.Remove(id);
            foreach (var (id, row) in pending)
                if (row.IsRemoved) pending.Remove(id);
            if (attempt == AttemptsMax && pending.Count > 0)
                throw new UnavailableException("Other nodes insert the same unmatched payments.");
        }

        return new UnmatchedCommit(
            [.. rows.Select(row => sessions.GetValueOrDefault(row.Payment.Id))], [.. queued]);
    }

    public UnmatchedRow? Read(string id) => One(ById, id);

    public UnmatchedRow? Claim(string id, string sessionId, DateTimeOffset now) =>
        One(Assign, id, sessionId, now.UtcDateTime);

    public void Release(string id, string sessionId) =>
        database.Execute(UnmatchedPaymentTable.Release("$1", "$2"), id, sessionId);

    private void Record(UnmatchedRow[] rows, Dictionary<string, string?> sessions, HashSet<string> queued)
    {
        using var connection = database.Open();
        using var batch = new NpgsqlBatch(connection) { BatchCommands = { Sightings.Command(rows) } };
        using var row = batch.ExecuteReader();
        while (row.Read())
        {
            sessions[row.GetString(0)] = row.IsDBNull(1) ? null : row.GetString(1);
            if (!row.IsDBNull(2)) queued.UnionWith(row.GetFieldValue<string[]>(2));
        }
    }

    private UnmatchedRow? One(string sql, params ReadOnlySpan<object?> values) =>
        database.Read(sql, row => UnmatchedPaymentTable.Read(row), values).SingleOrDefault();
}
