using Bleepay.Grains.Sessions;
using Bleepay.Silo.Storage.Sessions;

namespace Bleepay.Silo.Storage.Sqlite;

/// <summary>
/// Sessions in SQLite. Writer and readers have a connection each, used by one thread at a time: in WAL mode
/// readers neither wait for the writer nor delay it.
/// </summary>
internal sealed class SqliteSessionTables : ISessionTables, IDisposable
{
    private readonly SqliteSessionWriter writer;
    private readonly SqliteErasure erasure;
    private readonly SqliteSessionReader reader;
    private readonly SqliteDueReader dueReader;

    public SqliteSessionTables(SqliteDatabase database)
    {
        writer = new SqliteSessionWriter(database.Open(), database.WriteGate);
        erasure = new SqliteErasure(database);
        reader = new SqliteSessionReader(database.Open());
        dueReader = new SqliteDueReader(database.Open());
    }

    public IReadOnlyList<SessionWriteResult> Write(IReadOnlyList<SessionWrite> batch) => writer.Write(batch);

    /// <summary>Its commits take turns, so no other commit ever holds a counter.</summary>
    public IReadOnlyList<SessionWriteResult> WriteContended(IReadOnlyList<SessionWrite> batch) => Write(batch);

    public IReadOnlyList<SessionWriteResult> Erase(IReadOnlyList<SessionWrite> batch) => erasure.Erase(batch);

    public IReadOnlyList<DepositSession?> Read(IReadOnlyList<string> ids) => reader.Read(ids);

    public IReadOnlyList<IReadOnlyList<DueSession>> ReadDue(IReadOnlyList<DueQuery> queries) =>
        [.. queries.Select(dueReader.Read)];

    public void Dispose()
    {
        writer.Dispose();
        erasure.Dispose();
        reader.Dispose();
        dueReader.Dispose();
    }
}
