using Bleepay.Silo.Storage.Sessions;
using Microsoft.Data.Sqlite;

namespace Bleepay.Silo.Storage.Sqlite;

/// <summary>Reads which open sessions of a part of Orleans' ring end soon. Used by one thread.</summary>
internal sealed class SqliteDueReader : IDisposable
{
    internal const string Everywhere =
        "select id, expires_at from deposit_session where " + SessionTable.IsOpen + " and expires_at <= ?1";

    internal const string Within = Everywhere + " and grain_hash > ?2 and grain_hash <= ?3";
    internal const string Around = Everywhere + " and (grain_hash > ?2 or grain_hash <= ?3)";

    private readonly SqliteConnection connection;
    private readonly SqliteStatement everywhere;
    private readonly SqliteStatement within;
    private readonly SqliteStatement around;

    public SqliteDueReader(SqliteConnection connection)
    {
        this.connection = connection;
        everywhere = new(connection, Everywhere);
        within = new(connection, Within);
        around = new(connection, Around);
    }

    public IReadOnlyList<DueSession> Read(DueQuery query)
    {
        // The ring's positions are unsigned and the column's are signed: the same circle with another starting point.
        var begin = unchecked((int)query.Begin);
        var end = unchecked((int)query.End);
        var horizon = query.Horizon.ToUnixTimeMilliseconds();

        using var row = begin == end ? everywhere.Query(horizon)
            : begin < end ? within.Query(horizon, begin, end)
            : around.Query(horizon, begin, end);
        var due = new List<DueSession>();
        while (row.Read()) due.Add(new(row.GetString(0), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1))));
        return due;
    }

    public void Dispose()
    {
        foreach (var statement in new[] { everywhere, within, around }) statement.Dispose();
        connection.Dispose();
    }
}
