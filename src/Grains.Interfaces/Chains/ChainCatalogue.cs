using System.Collections.Immutable;

namespace Bleepay.Grains.Chains;

/// <summary>The networks that this deployment watches, and their configured currencies.</summary>
/// <param name="Networks">By name.</param>
/// <param name="Currencies">By network, then symbol, then address.</param>
[GenerateSerializer, Immutable, Alias("bleepay.chain-catalogue")]
public sealed record ChainCatalogue(
    [property: Id(0)] ImmutableArray<ChainNetwork> Networks,
    [property: Id(1)] ImmutableArray<ChainCurrency> Currencies);

/// <summary>A network that this deployment watches.</summary>
/// <param name="Network">As sessions name it.</param>
/// <param name="Name">As people name it.</param>
/// <param name="ChainId">By EIP-155.</param>
/// <param name="NativeCurrency">The symbol of the network's own coin.</param>
/// <param name="ExplorerUrl">Of a block explorer, without a slash at its end; null where none is known.</param>
/// <param name="RequiredConfirmations">Of a session that is created now.</param>
/// <param name="IsWatched">False while payments are not seen.</param>
[GenerateSerializer, Immutable, Alias("bleepay.chain-network")]
public sealed record ChainNetwork(
    [property: Id(0)] string Network,
    [property: Id(1)] string Name,
    [property: Id(2)] long ChainId,
    [property: Id(3)] string NativeCurrency,
    [property: Id(4)] string? ExplorerUrl,
    [property: Id(5)] int RequiredConfirmations,
    [property: Id(6)] bool IsWatched);

/// <summary>A token that is watched, or a network's own coin.</summary>
/// <param name="Address">The token's contract with its EIP-55 checksum; empty for the network's own coin.</param>
/// <param name="Decimals">The digits behind the point, 0–36: one base unit is 10⁻ᵈᵉᶜⁱᵐᵃˡˢ.</param>
[GenerateSerializer, Immutable, Alias("bleepay.chain-currency")]
public sealed record ChainCurrency(
    [property: Id(0)] string Symbol,
    [property: Id(1)] string Network,
    [property: Id(2)] string Address,
    [property: Id(3)] int Decimals);

/// <summary>What a payment to a watched session is made of, beside the session's own terms.</summary>
/// <param name="ChainId">By EIP-155.</param>
/// <param name="Decimals">Of the session's currency.</param>
[GenerateSerializer, Immutable, Alias("bleepay.payment-target")]
public sealed record PaymentTarget([property: Id(0)] long ChainId, [property: Id(1)] int Decimals);
