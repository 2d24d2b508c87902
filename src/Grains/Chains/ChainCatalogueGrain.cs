using Orleans.Concurrency;

namespace Bleepay.Grains.Chains;

/// <summary>The catalogue of the silo that is asked: all silos have the same settings.</summary>
[StatelessWorker]
[GrainType("chaincatalogue")]
public sealed class ChainCatalogueGrain(WatchedChains chains) : Grain, IChainCatalogueGrain
{
    private readonly ChainCatalogue catalogue = new(
        [.. chains.All.Select(NetworkOf)], [.. chains.All.SelectMany(chain => chain.Currencies)]);

    public Task<ChainCatalogue> Read() => Task.FromResult(catalogue);

    private static ChainNetwork NetworkOf(Chain chain) => new(
        chain.Network, chain.Name, chain.ChainId, chain.Native.Symbol, chain.ExplorerUrl, chain.Options.Confirmations,
        IsWatched: true);
}
