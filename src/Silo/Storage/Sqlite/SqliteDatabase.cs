using Microsoft.Data.Sqlite;

namespace Bleepay.Silo.Storage.Sqlite;

/// <summary>The file that the embedded service keeps everything in.</summary>
internal sealed class SqliteDatabase
{
    private readonly string connectionString;

    /// <param name="connectionString">As <c>Data Source=data/bleepay.db</c>; a relative path starts at the
    /// working directory.</param>
    public SqliteDatabase(string connectionString)
    {
        var builder = new SqliteConnectionStringBuilder(connectionString);
        Path = System.IO.Path.GetFullPath(builder.DataSource);
        builder.DataSource = Path;
        this.connectionString = builder.ConnectionString;
    }

    /// <summary>The absolute path of the database file.</summary>
    public string Path { get; }

    /// <summary>For the stock providers, which open connections of their own.</summary>
    public string ConnectionString => connectionString;

    /// <summary>Opens a connection whose commits reach the disk before they return.</summary>
    public SqliteConnection Open()
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        var connection = new SqliteConnection(connectionString);
        connection.Open();
        using var pragma = connection.CreateCommand();
        pragma.CommandText = "pragma journal_mode = wal; pragma synchronous = full;";
        pragma.ExecuteNonQuery();
        return connection;
    }
}
