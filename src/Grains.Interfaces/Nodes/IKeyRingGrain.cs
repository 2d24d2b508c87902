using System.Collections.Immutable;

namespace Bleepay.Grains.Nodes;

/// <summary>
/// Compares the server keys of gateways apart with those of the other nodes. It holds nothing, so each silo has its
/// own; its key is 0.
/// </summary>
[GrainInterfaceType("bleepay.key-ring"), Alias("bleepay.key-ring")]
public interface IKeyRingGrain : IGrainWithIntegerKey
{
    /// <inheritdoc cref="IKeyRings.Admit"/>
    [Alias("Admit")]
    Task<KeyRingConflict?> Admit(NodeKeyRing ring);
}

/// <summary>The key rings of the nodes that run, kept by the host.</summary>
public interface IKeyRings
{
    /// <summary>
    /// Records the node's ring for two minutes, unless it and the others would not understand each other's signatures.
    /// </summary>
    /// <returns>Null when the node was recorded; otherwise why it was not.</returns>
    /// <exception cref="UnavailableException">The store can't serve at the moment.</exception>
    Task<KeyRingConflict?> Admit(NodeKeyRing ring);
}

/// <summary>Which server keys a node has. Ids only; a key never leaves its node.</summary>
/// <param name="Node">Of one run of one process.</param>
/// <param name="SigningKeyId">8 hex digits of the first key's SHA-256.</param>
/// <param name="KeyIds">Of all keys, the first included.</param>
[GenerateSerializer, Immutable, Alias("bleepay.node-key-ring")]
public sealed record NodeKeyRing(
    [property: Id(0)] string Node,
    [property: Id(1)] string SigningKeyId,
    [property: Id(2)] ImmutableArray<string> KeyIds);

/// <summary>Why a node can't serve beside the others.</summary>
/// <param name="MissingKeyIds">Keys with which others sign and which the node does not have.</param>
/// <param name="IsSigningKeyUnknown">True when another node does not have the key with which this one signs.</param>
[GenerateSerializer, Immutable, Alias("bleepay.key-ring-conflict")]
public sealed record KeyRingConflict(
    [property: Id(0)] ImmutableArray<string> MissingKeyIds,
    [property: Id(1)] bool IsSigningKeyUnknown);
