using Bleepay.Grains;
using Bleepay.Grains.Sessions;

namespace Bleepay.Silo.Storage;

/// <summary>
/// Finds sessions by what a merchant knows of them: first their ids, by an index, then the sessions as any other read.
/// </summary>
internal sealed class SessionLists(IDatabase database, SessionStore sessions) : ISessionLists, IDisposable
{
    /// <summary>
    /// So many at once have the database look: one that has much to look through keeps no other waiting, and all
    /// together leave the database to those who pay.
    /// </summary>
    public const int SearchesAtOnceMax = 4;

    public const int SearchesWaitingMax = 200;

    private readonly SemaphoreSlim turns = new(SearchesAtOnceMax);
    private int searches;

    public async Task<IReadOnlyList<DepositSession>> Find(SessionSearch search)
    {
        var ids = await InTurn(search);
        var found = await Task.WhenAll(ids.Select(sessions.Read));
        return [.. found.OfType<DepositSession>()];
    }

    public void Dispose() => turns.Dispose();

    /// <exception cref="UnavailableException">Too many wait.</exception>
    private async Task<IReadOnlyList<string>> InTurn(SessionSearch search)
    {
        try
        {
            if (Interlocked.Increment(ref searches) > SearchesAtOnceMax + SearchesWaitingMax)
                throw new UnavailableException("Too many searches wait for the database.");
            await turns.WaitAsync();
            try
            {
                // SQLite's driver has no other way than to block, and a grain's scheduler may not be held up.
                return await Task.Run(() => FindIds(search));
            }
            finally
            {
                turns.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref searches);
        }
    }

    private async Task<IReadOnlyList<string>> FindIds(SessionSearch search)
    {
        await using var connection = database.Connect();
        await using var command = SessionSearchSql.Command(connection, search, database);
        await using var row = await command.ExecuteReaderAsync();
        var ids = new List<string>();
        while (await row.ReadAsync()) ids.Add(row.GetString(0));
        return ids;
    }
}
