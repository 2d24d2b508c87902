using Bleepay.Grains.Sessions;

namespace Bleepay.Silo.Storage.PostgreSql;

/// <summary>
/// Sessions in PostgreSQL, whole batches in one statement each. Connections come from the pool, so that one
/// that has broken is replaced by the next batch.
/// </summary>
internal sealed class PostgreSqlSessionDialect(PostgreSqlDatabase database) : ISessionDialect
{
    private readonly PostgreSqlSessionWriter writer = new(database);
    private readonly PostgreSqlSessionReader reader = new(database);

    public IReadOnlyList<SessionWriteOutcome> Write(IReadOnlyList<SessionWrite> batch) =>
        writer.Write(batch, waits: false);

    public IReadOnlyList<SessionWriteOutcome> WriteContended(IReadOnlyList<SessionWrite> batch) =>
        writer.Write(batch, waits: true);

    public IReadOnlyList<DepositSession?> Read(IReadOnlyList<string> ids) => reader.Read(ids);

    public IReadOnlyList<IReadOnlyList<DueSession>> ReadDue(IReadOnlyList<DueQuery> queries) =>
        reader.ReadDue(queries);
}
