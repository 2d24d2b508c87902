using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;

namespace Bleepay.Grains.Sessions;

/// <summary>Lists the sessions of one business as they are stored, without waking them.</summary>
/// <remarks>
/// One worker on each silo, whose calls interleave: of several, Orleans sends a cancellation to any
/// (https://github.com/dotnet/orleans/issues/9877). How many searches run at once is for <see cref="ISessionLists"/>.
/// </remarks>
[StatelessWorker(maxLocalWorkers: 1)]
[GrainType("sessionlist")]
public sealed class SessionListGrain(
    ISessionLists lists,
    [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider clock,
    IOptions<DepositSessionOptions> options)
    : Grain, ISessionListGrain
{
    private string BusinessId => this.GetPrimaryKeyString();

    public async Task<Result<SessionPage>> Find(Caller caller, SessionQuery query, CancellationToken cancellation)
    {
        if (!caller.IsMemberOf(BusinessId)) return Refusal.NotFound("business");

        var search = new SessionSearch(BusinessId, query, clock.GetUtcNow(), options.Value.Lifetime);
        var found = await lists.Find(search, cancellation);
        if (!found.TryGet(out var page, out var refusal)) return refusal;

        var now = clock.GetUtcNow();
        return page with { Sessions = [.. page.Sessions.Select(session => SessionRules.At(session, now))] };
    }
}

/// <summary>The lists of the session store, which is the host's.</summary>
public interface ISessionLists
{
    /// <summary>The sessions that are searched for as they are stored, newest first.</summary>
    /// <returns>The page, or <c>RateLimit</c> when too many searches of the business wait already.</returns>
    /// <exception cref="UnavailableException">The store can't serve at the moment.</exception>
    /// <exception cref="OperationCanceledException">The search was cancelled.</exception>
    Task<Result<SessionPage>> Find(SessionSearch search, CancellationToken cancellation);
}

/// <summary>What is searched for, as of a moment.</summary>
/// <param name="Now">By which an open session is past its end or not.</param>
/// <param name="Lifetime">Of a session that is opened now. One that is younger is not past its end, which saves
/// looking at every open session for the few that are.</param>
public sealed record SessionSearch(string BusinessId, SessionQuery Query, DateTimeOffset Now, TimeSpan Lifetime);
