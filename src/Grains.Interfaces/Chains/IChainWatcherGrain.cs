using Orleans.Concurrency;

namespace Bleepay.Grains.Chains;

/// <summary>Watches one network: its key is the network's name. Silos keep it alive.</summary>
[GrainInterfaceType("bleepay.chain-watcher"), Alias("bleepay.chain-watcher")]
public interface IChainWatcherGrain : IGrainWithStringKey
{
    /// <summary>Starts to watch, unless it does already.</summary>
    [Alias("Ensure"), AlwaysInterleave]
    Task Ensure();

    /// <summary>How far the network has been read.</summary>
    [Alias("Status"), AlwaysInterleave]
    Task<ChainStatus> Status();
}

/// <summary>How far a network has been read.</summary>
/// <param name="HeadBlock">The highest block that has been read; null before any.</param>
/// <param name="SettledBlock">The highest block whose payments are all final; null before any.</param>
/// <param name="HeadTime">The time of the head block. UTC, whole seconds.</param>
/// <param name="IsStopped">True once it has stopped, until an operator decides how to resume.</param>
/// <param name="Advice">How to resume; null while it has not stopped.</param>
[GenerateSerializer, Immutable, Alias("bleepay.chain-status")]
public sealed record ChainStatus(
    [property: Id(0)] string Network,
    [property: Id(1)] long? HeadBlock,
    [property: Id(2)] long? SettledBlock,
    [property: Id(3)] DateTimeOffset? HeadTime,
    [property: Id(4)] bool IsStopped,
    [property: Id(5)] string? Advice = null);
