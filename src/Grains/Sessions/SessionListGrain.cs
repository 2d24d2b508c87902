using Bleepay.Grains.Chains;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;

namespace Bleepay.Grains.Sessions;

/// <summary>Lists the sessions of one business as they are stored, without waking them.</summary>
/// <remarks>
/// One worker on each silo, whose calls interleave: of several, Orleans sends a cancellation to any
/// (https://github.com/dotnet/orleans/issues/9877). <see cref="ISessionStore"/> limits how many searches run at once.
/// </remarks>
[StatelessWorker(maxLocalWorkers: 1)]
[GrainType("sessionlist")]
public sealed class SessionListGrain(
    ISessionStore store,
    [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider clock,
    IOptions<DepositSessionOptions> options,
    WatchedChains chains)
    : Grain, ISessionListGrain
{
    private string BusinessId => this.GetPrimaryKeyString();

    public async Task<Result<SessionPage>> Find(Caller caller, SessionQuery query, CancellationToken cancellation)
    {
        if (!caller.IsMemberOf(BusinessId)) return Refusal.NotFound("business");

        var search = new SessionSearch(BusinessId, query, clock.GetUtcNow(), options.Value.Lifetime);
        var found = await store.Find(search, cancellation);
        if (!found.TryGet(out var page, out var refusal)) return refusal;

        var now = clock.GetUtcNow();
        return page with
        {
            Sessions =
            [
                .. page.Sessions.Select(session => SessionRules.At(session, now, chains.TargetOf(session.Terms))),
            ],
        };
    }
}
