using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Bleepay.Silo.Storage.Sqlite;

/// <summary>
/// A connection that keeps its prepared statements. It runs one statement at a time, and its commits take turns with
/// those of every other connection of the process. The parameters of a statement are <c>?1</c>, <c>?2</c> and so on.
/// </summary>
internal sealed class SqliteTableConnection : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, SqliteStatement> statements = [];
    private readonly SqliteDatabase database;
    private readonly SqliteConnection connection;
    private readonly SqliteCommits commits;

    public SqliteTableConnection(SqliteDatabase database)
    {
        this.database = database;
        connection = database.Open();
        commits = new(connection);
    }

    /// <summary>Makes a change in one durable commit; if it throws, nothing is stored.</summary>
    public T Write<T>(Func<T> change)
    {
        lock (gate)
        {
            lock (database.WriteGate) return commits.Run(change);
        }
    }

    /// <returns>The number of rows that the statement has changed.</returns>
    public int Execute(string sql, params ReadOnlySpan<object?> values)
    {
        lock (gate) return Statement(sql).Execute(values);
    }

    /// <returns>The first column of the first row, or null without a row.</returns>
    public object? Scalar(string sql, params ReadOnlySpan<object?> values)
    {
        lock (gate) return Statement(sql).Scalar(values);
    }

    public List<TRow> Read<TRow>(string sql, Func<DbDataReader, TRow> read, params ReadOnlySpan<object?> values) =>
        ReadAll(
            sql,
            row =>
            {
                var found = new List<TRow>();
                while (row.Read()) found.Add(read(row));
                return found;
            },
            values);

    /// <summary>Hands all rows of a statement to one function.</summary>
    public TRows ReadAll<TRows>(string sql, Func<DbDataReader, TRows> read, params ReadOnlySpan<object?> values)
    {
        lock (gate)
        {
            using var rows = Statement(sql).Query(values);
            return read(rows);
        }
    }

    public void Dispose()
    {
        foreach (var statement in statements.Values) statement.Dispose();
        commits.Dispose();
        connection.Dispose();
    }

    private SqliteStatement Statement(string sql) =>
        statements.TryGetValue(sql, out var known) ? known : statements[sql] = new(connection, sql);
}
