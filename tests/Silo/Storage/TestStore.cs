using System.Data.Common;
using Bleepay.Grains.Sessions;
using Bleepay.Silo.Storage;
using Bleepay.Silo.Storage.PostgreSql;
using Bleepay.Silo.Storage.Sessions;
using Bleepay.Silo.Storage.Sqlite;
using Bleepay.Tests.Harness;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bleepay.Tests.Silo.Storage;

/// <summary>A separate database, and sessions to put into it.</summary>
internal sealed class TestStore : IDisposable
{
    public static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_780_000_000_123);
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(30);

    private readonly TemporaryFolder folder = new();
    private readonly Func<DbConnection> open;
    private readonly Lazy<ISessionTables> sessions;

    private TestStore(string provider, string? file = null)
    {
        if (provider == Databases.PostgreSql)
        {
            var connectionString = PostgreSqlServer.Shared.CreateDatabase();
            var server = new PostgreSqlDatabase(connectionString);
            (Database, open, Rows) = (server, server.Open, StoredRows.OnServer(connectionString));
        }
        else
        {
            file ??= Path.Combine(folder.Path, "bleepay.db");
            var embedded = new SqliteDatabase($"Data Source={file};Pooling=False");
            (Database, open, Rows) = (embedded, embedded.Open, new StoredRows(embedded.Path));
        }

        sessions = new(Database.Sessions);
    }

    /// <summary>The database of one node.</summary>
    public IDatabase Database { get; }

    public ISessionTables Sessions => sessions.Value;

    public StoredRows Rows { get; }

    /// <summary>Migrated, as a started service leaves it.</summary>
    public static TestStore On(string provider)
    {
        var store = Empty(provider);
        store.Migrate();
        return store;
    }

    /// <summary>The file of a service that doesn't run at the moment.</summary>
    public static TestStore Of(string file) => new(Databases.Sqlite, file);

    /// <summary>Without a schema.</summary>
    public static TestStore Empty(string provider) => new(provider);

    public void Migrate() => Database.Migrate(NullLogger.Instance);

    /// <summary>A session as its rules open it.</summary>
    public static DepositSession Opened(
        string id, DateTimeOffset? expiresAt = null, OpenSessionCaps caps = default, string? reference = null)
    {
        var terms = new SessionTerms(
            "100.10", "USDC", "polygon", "0x3c49", "0xMerchant", "ann@example.com", reference,
            """{"cart":"ä\n1.0"}""");
        var command = new CreateDepositSession(
            "biz_tests", "wdgt_shop", terms, "0a1b2c3d", [1, 2, 3], "2.5", caps, null);
        var createdAt = (expiresAt - Lifetime) ?? Now;
        return SessionRules.Decide(null, new Creation(id, command, Lifetime, 12), createdAt).Session!;
    }

    /// <summary>The session after its cancellation: final.</summary>
    public static DepositSession Closed(DepositSession session) =>
        SessionRules.Decide(session, new Cancellation(), session.CreatedAt.AddSeconds(1)).Session!;

    /// <summary>The first write of a session.</summary>
    public static SessionWrite First(DepositSession session, OpenSessionCaps caps = default) =>
        new(session, 0, caps);

    /// <summary>The write that ends a session.</summary>
    public static SessionWrite End(DepositSession session) => new(Closed(session), session.Sequence, default);

    public IReadOnlyList<SessionWriteOutcome> Write(params SessionWrite[] batch) =>
        [.. Sessions.Write(batch).Select(result => result.Outcome)];

    /// <summary>Writes one session, and returns the endpoints for which an event is queued.</summary>
    public IReadOnlyList<string> Queue(SessionWrite write) => Assert.Single(Sessions.Write([write])).QueuedEndpoints;

    /// <summary>What the grains of one node store through.</summary>
    public SessionStore OpenStore() => new(Sessions, new SessionLists(Database, new ListReads(Database)));

    public void Execute(string sql)
    {
        using var connection = open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The tests' own text.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    /// <summary>How the database would read this command of the service, line by line.</summary>
    public string PlanOf(Func<DbConnection, DbCommand> write)
    {
        var isFile = Database.Provider == StorageProvider.Sqlite;
        using var connection = open();
        using var command = write(connection);
#pragma warning disable CA2100 // The service's own statement.
        command.CommandText = (isFile ? "explain query plan " : "explain ") + command.CommandText;
#pragma warning restore CA2100
        using var row = command.ExecuteReader();
        var plan = new List<string>();
        while (row.Read()) plan.Add(row.GetString(isFile ? 3 : 0));
        return string.Join('\n', plan);
    }

    /// <summary>One value, on a connection as the service opens it.</summary>
    public object? Ask(string sql)
    {
        using var connection = open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The tests' own text.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }

    public void Dispose()
    {
        if (sessions.IsValueCreated) (Sessions as IDisposable)?.Dispose();
        (Database as IDisposable)?.Dispose();
        folder.Dispose();
    }
}
