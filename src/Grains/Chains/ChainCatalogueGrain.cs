using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;

namespace Bleepay.Grains.Chains;

/// <summary>The catalogue of the silo that is asked: all silos have the same settings.</summary>
[StatelessWorker]
[GrainType("chaincatalogue")]
public sealed class ChainCatalogueGrain(
    WatchedChains chains, [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider clock)
    : Grain, IChainCatalogueGrain
{
    /// <summary>Requests need no credential, so the watchers are called once in this time at most.</summary>
    private static readonly TimeSpan StatusAgeMax = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan StatusTimeout = TimeSpan.FromSeconds(2);

    private readonly ImmutableArray<ChainCurrency> currencies = [.. chains.All.SelectMany(chain => chain.Currencies)];
    private ImmutableArray<ChainStatus> statuses;
    private TimeSpan statusesAt;

    public async Task<ChainCatalogue> Read()
    {
        var stopped = (await ReadStatuses()).Where(status => status.IsStopped).Select(status => status.Network);
        return new([.. chains.All.Select(chain => NetworkOf(chain, !stopped.Contains(chain.Network)))], currencies);
    }

    public async Task<ImmutableArray<ChainStatus>> ReadStatuses()
    {
        if (!statuses.IsDefault && clock.Uptime() - statusesAt < StatusAgeMax) return statuses;
        statuses = [.. await Task.WhenAll(chains.All.Select(chain => StatusOf(chain.Network)))];
        statusesAt = clock.Uptime();
        return statuses;
    }

    private static ChainNetwork NetworkOf(Chain chain, bool isWatched) => new(
        chain.Network, chain.Name, chain.ChainId, chain.Native.Symbol, chain.ExplorerUrl, chain.Options.Confirmations,
        isWatched);

    /// <summary>Of a watcher that is on its way to another silo, nothing is known.</summary>
    private async Task<ChainStatus> StatusOf(string network)
    {
        try
        {
            return await GrainFactory.GetGrain<IChainWatcherGrain>(network).Status().WaitAsync(StatusTimeout);
        }
        catch (Exception failure) when (failure is TimeoutException or OrleansException or InvalidOperationException)
        {
            return new(network, null, null, null, IsStopped: false);
        }
    }
}
