using System.Collections.Immutable;

namespace Bleepay.Grains.Chains;

/// <summary>
/// Answers what the silos watch, for gateways, which have no settings of chains. Its key is always zero.
/// </summary>
[GrainInterfaceType("bleepay.chain-catalogue-grain"), Alias("bleepay.chain-catalogue-grain")]
public interface IChainCatalogueGrain : IGrainWithIntegerKey
{
    [Alias("Read")]
    Task<ChainCatalogue> Read();

    /// <summary>How far each network has been read, by name; at most a second old.</summary>
    [Alias("ReadStatuses")]
    Task<ImmutableArray<ChainStatus>> ReadStatuses();
}
