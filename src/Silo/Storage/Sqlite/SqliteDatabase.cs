using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Bleepay.Silo.Storage.Sqlite;

/// <summary>The file that the embedded service keeps everything in.</summary>
internal sealed class SqliteDatabase : IDatabase, IDisposable
{
    private FileStream? ownership;

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

    public StorageProvider Provider => StorageProvider.Sqlite;

    /// <summary>Orleans knows Microsoft.Data.Sqlite by this name and no other.</summary>
    public string Invariant => "System.Data.SQLite";

    public string ConnectionString => connectionString;

    /// <summary>
    /// Held while this process writes: writers that meet in the file itself sleep before they try again.
    /// </summary>
    public Lock WriteGate { get; } = new();

    /// <summary>Opens a connection whose commits reach the disk before they return.</summary>
    public SqliteConnection Open()
    {
        CreateForOwnerOnly();
        var connection = new SqliteConnection(connectionString);
        connection.Open();
        using var pragma = connection.CreateCommand();
        pragma.CommandText = "pragma journal_mode = wal; pragma synchronous = full;";
        pragma.ExecuteNonQuery();
        return connection;
    }

    /// <summary>
    /// One process owns the file for as long as it runs: two would each hold sessions in memory that the other
    /// changes.
    /// </summary>
    /// <exception cref="DatabaseInUseException">Another process owns it.</exception>
    public void Own()
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        try
        {
            ownership ??= new FileStream(
                Path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException taken)
        {
            throw new DatabaseInUseException(Path, taken);
        }
    }

    public void Migrate(ILogger logger) => new SqliteSchema(this, logger).Migrate();

    /// <summary>True when sessions are stored here, whose secrets were derived from a server key.</summary>
    public bool HasSessions()
    {
        if (!File.Exists(Path)) return false;
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = "select exists (select 1 from sqlite_master where name = 'deposit_session')";
        if (command.ExecuteScalar() is not 1L) return false;
        command.CommandText = "select exists (select 1 from deposit_session)";
        return command.ExecuteScalar() is 1L;
    }

    public bool HasNoWidget()
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = "select not exists (select 1 from OrleansStorage)";
        return command.ExecuteScalar() is 1L;
    }

    public ISessionDialect Sessions() => new SqliteSessionDialect(this);

    public DbConnection Connect() => Open();

    public object Moment(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    /// <inheritdoc/>
    public string Indexed(string column, string value) => $"business_id = @business and {column} = {value}";

    /// <inheritdoc/>
    public string Unindexed(string column, string value) => $"+{column} = {value}";

    public IWebhookDialect Webhooks() => new SqliteWebhookDialect(this);

    public void Dispose() => ownership?.Dispose();

    /// <summary>It holds customers' addresses, and SQLite gives its other files the same mode.</summary>
    private void CreateForOwnerOnly()
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        if (File.Exists(Path)) return;
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        new FileStream(Path, options).Dispose();
    }
}
