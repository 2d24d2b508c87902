namespace Bleepay.Grains.Chains;

/// <summary>
/// Answers what the silos watch, for gateways, which have no settings of chains. Its key is always zero.
/// </summary>
[GrainInterfaceType("bleepay.chain-catalogue-grain"), Alias("bleepay.chain-catalogue-grain")]
public interface IChainCatalogueGrain : IGrainWithIntegerKey
{
    [Alias("Read")]
    Task<ChainCatalogue> Read();
}
