using System.Data.Common;
using System.Text.Json;
using Bleepay.Silo.Storage.Chains;
using Bleepay.Silo.Storage.Retention;
using Bleepay.Silo.Storage.Sessions;
using Bleepay.Silo.Storage.Webhooks;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Bleepay.Silo.Storage.Sqlite;

/// <summary>The file that the embedded service keeps everything in.</summary>
internal sealed class SqliteDatabase : IDatabase, IDisposable
{
    /// <summary>How many instructions SQLite runs between two checks for cancellation: some microseconds.</summary>
    private const int InstructionsBetweenChecks = 1_000;

    private FileStream? ownership;

    private readonly string connectionString;
    private readonly string readOnlyConnectionString;

    /// <param name="connectionString">As <c>Data Source=data/bleepay.db</c>; a relative path starts at the
    /// working directory.</param>
    public SqliteDatabase(string connectionString)
    {
        var builder = new SqliteConnectionStringBuilder(connectionString);
        Path = System.IO.Path.GetFullPath(builder.DataSource);
        builder.DataSource = Path;
        this.connectionString = builder.ConnectionString;
        builder.Mode = SqliteOpenMode.ReadOnly;
        readOnlyConnectionString = builder.ConnectionString;
    }

    /// <summary>The absolute path of the database file.</summary>
    public string Path { get; }

    public StorageProvider Provider => StorageProvider.Sqlite;

    /// <summary>The only name by which Orleans finds Microsoft.Data.Sqlite.</summary>
    public string Invariant => "System.Data.SQLite";

    public string ConnectionString => connectionString;

    public DbDataSource? StockSource => null;

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

    public ISessionTables Sessions() => new SqliteSessionTables(this);

    /// <inheritdoc/>
    /// <remarks>
    /// SQLite blocks its caller, so a thread is made for it: on the thread pool a few long reads would hold up every
    /// request. In WAL mode a reader and the writer do not wait for each other.
    /// </remarks>
    public Task<T> ReadSnapshot<T>(
        Func<DbConnection, CancellationToken, Task<T>> read, CancellationToken cancellation) =>
        Task.Factory.StartNew(
            () => ReadHere(read, cancellation), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public object Timestamp(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    /// <inheritdoc/>
    public string IsOneOf(string column, string parameter) =>
        $"{column} in (select value from json_each({parameter}))";

    public object Values(IReadOnlyList<string> texts) => JsonSerializer.Serialize(texts);

    /// <inheritdoc/>
    public string Indexed(string column, string value) => $"business_id = @business and {column} = {value}";

    /// <inheritdoc/>
    public string IndexedAlone(string column, string value) => $"{column} = {value} and +business_id = @business";

    /// <inheritdoc/>
    public string Unindexed(string column, string value) => $"+{column} = {value}";

    public WebhookTables Webhooks() => new(
        new SqliteWebhookQueue(this), new SqliteWebhookEndpoints(this), new SqliteWebhookDeliveries(this));

    public IRetentionTable Retention() => new SqliteRetention(this);

    public ChainTables Chains() => new(new SqliteChainReader(this), new SqliteUnmatchedTable(this));

    public void Dispose() => ownership?.Dispose();

    private T ReadHere<T>(
        Func<DbConnection, CancellationToken, Task<T>> read, CancellationToken cancellation)
    {
        using var connection = new SqliteConnection(readOnlyConnectionString);
        connection.Open();
        using var snapshot = connection.BeginTransaction(deferred: true);
        var handle = connection.Handle;
        raw.sqlite3_progress_handler(
            handle, InstructionsBetweenChecks, _ => cancellation.IsCancellationRequested ? 1 : 0, null);
        try
        {
            // Nothing of this driver is asynchronous: the task has ended when it is returned.
            return read(connection, cancellation).GetAwaiter().GetResult();
        }
        catch (SqliteException interrupted) when (interrupted.SqliteErrorCode == raw.SQLITE_INTERRUPT)
        {
            throw new OperationCanceledException("The read was cancelled.", interrupted, cancellation);
        }
        finally
        {
            raw.sqlite3_progress_handler(handle, 0, null, null);
        }
    }

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
