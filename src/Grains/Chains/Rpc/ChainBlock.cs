using System.Collections.Immutable;
using System.Numerics;

namespace Bleepay.Grains.Chains;

/// <summary>A block of a chain. Hashes are in lower case.</summary>
/// <param name="Time">As the block states it. UTC, whole seconds.</param>
/// <param name="Transactions">Those that bring native coins; empty where only the header was requested.</param>
internal sealed record ChainBlock(
    long Number,
    string Hash,
    string ParentHash,
    DateTimeOffset Time,
    ImmutableArray<NativeTransaction> Transactions);

/// <summary>A transaction with a value above zero to an address. It may have failed: its receipt shows that.</summary>
/// <param name="Value">In base units of the network's coin.</param>
internal sealed record NativeTransaction(string Hash, string From, string To, BigInteger Value);

/// <summary>An ERC-20 transfer with a value above zero.</summary>
/// <param name="LogIndex">Its order in the block.</param>
/// <param name="BlockTime">Null where the provider does not return it.</param>
internal sealed record TokenLog(
    string Token,
    string From,
    string To,
    BigInteger Value,
    string TransactionHash,
    long LogIndex,
    long BlockNumber,
    string BlockHash,
    DateTimeOffset? BlockTime);

/// <summary>The place of a transaction in a provider's chain: both are null for one that waits for a block.</summary>
internal sealed record TransactionPlace(long? BlockNumber, string? BlockHash);

/// <summary>Which block is asked for.</summary>
internal static class BlockTag
{
    public const string Latest = "latest";
    public const string Finalized = "finalized";
    public const string Safe = "safe";
}
