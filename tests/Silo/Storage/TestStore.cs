using Bleepay.Grains.Sessions;
using Bleepay.Silo.Storage;
using Bleepay.Silo.Storage.Sqlite;
using Bleepay.Tests.Harness;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bleepay.Tests.Silo.Storage;

/// <summary>A migrated SQLite database of its own, and sessions to put into it.</summary>
internal sealed class TestStore : IDisposable
{
    public static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_780_000_000_123);
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(30);

    private readonly TemporaryFolder folder = new();

    public TestStore()
    {
        Database = new SqliteDatabase($"Data Source={Path.Combine(folder.Path, "bleepay.db")};Pooling=False");
        new SqliteSchema(Database, NullLogger<SqliteSchema>.Instance).Migrate();
        Dialect = new SqliteSessionDialect(Database);
        Rows = new StoredRows(Database.Path);
    }

    public SqliteDatabase Database { get; }

    public SqliteSessionDialect Dialect { get; }

    public StoredRows Rows { get; }

    /// <summary>A session as its rules open it.</summary>
    public static DepositSession Opened(
        string id, DateTimeOffset? expiresAt = null, OpenSessionCaps caps = default, string? reference = null)
    {
        var terms = new SessionTerms(
            "100.10", "USDC", "polygon", "0x3c49", "0xMerchant", "ann@example.com", reference,
            """{"cart":"ä\n1.0"}""");
        var command = new OpenSession(
            "biz_tests", "wdgt_shop", terms, "0a1b2c3d", [1, 2, 3], "2.5", caps, null);
        var createdAt = (expiresAt - Lifetime) ?? Now;
        return SessionRules.Decide(null, new Opening(id, command, Lifetime, 12), createdAt).Session!;
    }

    /// <summary>The session after its cancellation: final.</summary>
    public static DepositSession Closed(DepositSession session) =>
        SessionRules.Decide(session, new Cancellation(), session.CreatedAt.AddSeconds(1)).Session!;

    /// <summary>The first write of a session.</summary>
    public static SessionWrite First(DepositSession session, OpenSessionCaps caps = default) =>
        new(session, 0, caps);

    /// <summary>The write that ends a session.</summary>
    public static SessionWrite End(DepositSession session) => new(Closed(session), session.Sequence, default);

    public IReadOnlyList<SessionWriteOutcome> Write(params SessionWrite[] batch) => Dialect.Write(batch);

    public void Execute(string sql)
    {
        using var connection = Database.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The tests' own text.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        Dialect.Dispose();
        folder.Dispose();
    }
}
