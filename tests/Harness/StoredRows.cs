using Microsoft.Data.Sqlite;

namespace Bleepay.Tests.Harness;

/// <summary>What lies in a database, asked in SQL beside the service, as an operator would.</summary>
internal sealed class StoredRows(string databasePath)
{
    private readonly string connectionString = new SqliteConnectionStringBuilder
    {
        DataSource = databasePath,
        Mode = SqliteOpenMode.ReadOnly,
        Pooling = false,
    }.ConnectionString;

    public IReadOnlyList<TRow> Read<TRow>(string sql, Func<SqliteDataReader, TRow> read)
    {
        using var connection = new SqliteConnection(connectionString);
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The tests' own text.
        command.CommandText = sql;
#pragma warning restore CA2100
        using var row = command.ExecuteReader();
        var rows = new List<TRow>();
        while (row.Read()) rows.Add(read(row));
        return rows;
    }

    public long Count(string sql) => Read(sql, row => row.GetInt64(0)).Single();
}
