using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;

namespace Bleepay.Grains.Sessions;

/// <summary>Lists sessions as they are stored, without waking them.</summary>
[StatelessWorker]
[GrainType("sessionlist")]
public sealed class SessionListGrain(
    ISessionLists lists,
    [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider clock,
    IOptions<DepositSessionOptions> options)
    : Grain, ISessionListGrain
{
    public async Task<SessionPage> Find(SessionQuery query)
    {
        // One more than asked for tells whether there is another page.
        var found = await lists.Find(new SessionSearch(
            query with { Limit = query.Limit + 1 }, clock.GetUtcNow(), options.Value.Lifetime));
        var now = clock.GetUtcNow();
        var page = found.Take(query.Limit).ToList();
        return new SessionPage(
            [.. page.Select(session => SessionRules.View(session, now))],
            found.Count > query.Limit ? new SessionPlace(page[^1].CreatedAt, page[^1].Id) : null);
    }
}

/// <summary>The lists of the session store, which is the host's.</summary>
public interface ISessionLists
{
    /// <summary>The sessions that are searched for, newest first.</summary>
    /// <exception cref="UnavailableException">The store can't serve at the moment.</exception>
    Task<IReadOnlyList<DepositSession>> Find(SessionSearch search);
}

/// <summary>What is searched for, as of a moment.</summary>
/// <param name="Now">By which an open session is past its end or not.</param>
/// <param name="Lifetime">Of a session that is opened now. One that is younger is not past its end, which saves
/// looking at every open session for the few that are.</param>
public sealed record SessionSearch(SessionQuery Query, DateTimeOffset Now, TimeSpan Lifetime);
