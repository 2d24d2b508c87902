using Bleepay.Grains.Sessions;

namespace Bleepay.Silo.Storage;

/// <summary>
/// Finds sessions by what a merchant knows of them: first their ids, by an index, then the sessions as any other read.
/// </summary>
internal sealed class SessionLists : ISessionLists, IDisposable
{
    public const int SearchesWaitingMax = 200;

    private readonly IDatabase database;
    private readonly SessionStore sessions;
    private readonly BatchQueue<SessionSearch, IReadOnlyList<string>> searches;

    public SessionLists(IDatabase database, SessionStore sessions)
    {
        this.database = database;
        this.sessions = sessions;
        searches = new("reader of lists", SearchesWaitingMax, batchMax: 1, batch => [.. batch.Select(FindIds)]);
    }

    public async Task<IReadOnlyList<DepositSession>> Find(SessionSearch search)
    {
        var ids = await searches.Ask(search);
        var found = await Task.WhenAll(ids.Select(sessions.Read));
        return [.. found.OfType<DepositSession>()];
    }

    public void Dispose() => searches.Dispose();

    internal IReadOnlyList<string> FindIds(SessionSearch search)
    {
        using var connection = database.Connect();
        using var command = SessionSearchSql.Command(connection, search, database);
        using var row = command.ExecuteReader();
        var ids = new List<string>();
        while (row.Read()) ids.Add(row.GetString(0));
        return ids;
    }
}
