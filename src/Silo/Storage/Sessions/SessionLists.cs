using System.Collections.Immutable;
using System.Data.Common;
using Bleepay.Grains;
using Bleepay.Grains.Sessions;

namespace Bleepay.Silo.Storage.Sessions;

/// <summary>
/// Finds sessions by the filters of a list: first their ids, by an index, then what a list shows of each.
/// Neither payments nor timelines are read, however many a session has.
/// </summary>
internal sealed class SessionLists(IDatabase database, ListReads reads)
{
    public Task<Result<SessionPage>> Find(SessionSearch search, CancellationToken cancellation) =>
        reads.Read(search.BusinessId, (connection, end) => Find(connection, search, end), cancellation);

    private async Task<SessionPage> Find(DbConnection connection, SessionSearch search, CancellationToken cancellation)
    {
        var ids = await FindIds(connection, search, cancellation);
        if (ids.Count == 0) return new SessionPage([], null);

        await using var command = SessionSummaryRows.Command(connection, ids, database);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new SessionSummaryRows(reader);
        var page = ImmutableArray.CreateBuilder<SessionSummary>(Math.Min(ids.Count, search.Query.Limit));
        var characters = 0;
        while (await reader.ReadAsync(cancellation))
        {
            if (page.Count == search.Query.Limit || characters > ListBounds.PageBytesMax)
            {
                var next = SessionCursor.Of(page[^1]);
                return new SessionPage(page.DrainToImmutable(), next);
            }

            page.Add(rows.Read());
            characters += TextOf(page[^1]);
        }

        return new SessionPage(page.DrainToImmutable(), null);
    }

    /// <summary>One more than the page has, if there are more.</summary>
    private async Task<IReadOnlyList<string>> FindIds(
        DbConnection connection, SessionSearch search, CancellationToken cancellation)
    {
        var query = search.Query with { Limit = search.Query.Limit + 1 };
        await using var command = SessionSearchSql.Command(connection, search with { Query = query }, database);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var ids = new List<string>();
        while (await row.ReadAsync(cancellation)) ids.Add(row.GetString(0));
        return ids;
    }

    /// <summary>
    /// Fewer characters than the answer will have bytes. Exactly where its page ends is decided where it is written;
    /// this keeps what could not be in it from being read and sent.
    /// </summary>
    private static int TextOf(SessionSummary session) =>
        (session.Terms.Metadata?.Length ?? 0) + (session.Terms.CustomerReference?.Length ?? 0)
        + (session.Terms.CustomerEmail?.Length ?? 0);
}
