using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Bleepay.Tests.Harness;

/// <summary>What lies in a database, asked in SQL beside the service, as an operator would.</summary>
internal sealed class StoredRows
{
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

    public long Count(string sql) => Read(sql, row => row.GetInt64(0)).Single();
}
