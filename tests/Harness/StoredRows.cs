using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Bleepay.Tests.Harness;

/// <summary>The rows of a database, read in SQL beside the service, as an operator would.</summary>
internal sealed class StoredRows
{
    private const int ShownMax = 20;

    private readonly Func<DbConnection> connect;

    /// <param name="databasePath">Of a SQLite file.</param>
    public StoredRows(string databasePath)
    {
        var connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = databasePath,
            Mode = SqliteOpenMode.ReadOnly,
            Pooling = false,
        }.ConnectionString;
        connect = () => new SqliteConnection(connectionString);
    }

    private StoredRows(Func<DbConnection> connect) => this.connect = connect;

    public static StoredRows OnServer(string connectionString)
    {
        var unpooled = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;
        return new StoredRows(() => new NpgsqlConnection(unpooled));
    }

    public IReadOnlyList<TRow> Read<TRow>(string sql, Func<DbDataReader, TRow> read)
    {
        using var connection = connect();
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

    /// <summary>Changes rows, as no operator would.</summary>
    public void Execute(string sql)
    {
        using var connection = connect();
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The tests' own text.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.CommandTimeout = 0;
        command.ExecuteNonQuery();
    }

    /// <summary>Rows for a failure's message, one a line with the names of its columns.</summary>
    /// <returns>At most 20 of them, and how many there are.</returns>
    public string Show(string sql)
    {
        var rows = Read(sql, row => string.Join(", ", Enumerable.Range(0, row.FieldCount).Select(
            column => $"{row.GetName(column)} {(row.IsDBNull(column) ? "null" : ValueOf(row, column))}")));
        return $"{rows.Count} rows: {string.Concat(rows.Take(ShownMax).Select(row => Environment.NewLine + row))}";
    }

    /// <summary>Sessions that have not expired yet, for a failure's message.</summary>
    public string ShowOpen() => Show(
        """
        select id, widget_id, payment_status, sequence, created_at, expires_at, current_timestamp as now
        from deposit_session where payment_status <> 'EXPIRED' order by expires_at
        """);

    private static string ValueOf(DbDataReader row, int column) => row.GetValue(column) is DateTime time
        ? time.ToString("O", CultureInfo.InvariantCulture)
        : Convert.ToString(row.GetValue(column), CultureInfo.InvariantCulture)!;

    public long Count(string sql) => Read(sql, row => row.GetInt64(0)).Single();
}
