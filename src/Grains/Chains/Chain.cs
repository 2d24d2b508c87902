using System.Collections.Frozen;
using System.Collections.Immutable;
using Bleepay.Grains.Fields;

namespace Bleepay.Grains.Chains;

/// <summary>A network that is watched: its settings over those of its preset.</summary>
public sealed class Chain
{
    private readonly FrozenDictionary<string, ChainCurrency> byAddress;

    private Chain(string network, string name, long chainId, string? explorerUrl, ChainOptions options,
        ImmutableArray<ChainCurrency> currencies)
    {
        Network = network;
        Name = name;
        ChainId = chainId;
        ExplorerUrl = explorerUrl;
        Options = options;
        Currencies = currencies;
        byAddress = currencies.ToFrozenDictionary(
            currency => FieldRules.NormalAddress(currency.Address), StringComparer.Ordinal);
    }

    /// <summary>As sessions name it.</summary>
    public string Network { get; }

    /// <summary>As people name it.</summary>
    public string Name { get; }

    /// <summary>By EIP-155.</summary>
    public long ChainId { get; }

    /// <summary>Of a block explorer, without a slash at its end; null where none is known.</summary>
    public string? ExplorerUrl { get; }

    public ChainOptions Options { get; }

    /// <summary>The network's own coin, whose address is empty, and the tokens; by symbol, then address.</summary>
    public ImmutableArray<ChainCurrency> Currencies { get; }

    public ChainCurrency Native => byAddress[""];

    /// <param name="options">Settings that <see cref="ChainsOptionsValidator"/> has found right.</param>
    public static Chain Of(string configuredName, ChainOptions options)
    {
        var preset = ChainPreset.Find(configuredName);
        var network = preset?.Network ?? configuredName;
        var native = new ChainCurrency(
            options.Native.Symbol ?? preset?.Native.Symbol ?? "ETH", network, "",
            options.Native.Decimals ?? preset?.Native.Decimals ?? 18);
        var configured = options.Tokens.Select(token =>
            new ChainCurrency(token.Symbol!, network, EvmAddress.Checksum(token.Address!), token.Decimals!.Value));
        var known = (preset?.Tokens ?? []).Select(token =>
            new ChainCurrency(token.Symbol, network, token.Address, token.Decimals));
        return new(
            network, preset?.Name ?? network, options.ChainId ?? preset!.ChainId, preset?.ExplorerUrl, options,
            [
                .. configured.Concat(known).Append(native)
                    .DistinctBy(currency => FieldRules.NormalAddress(currency.Address))
                    .OrderBy(currency => currency.Symbol, StringComparer.Ordinal)
                    .ThenBy(currency => currency.Address, StringComparer.Ordinal),
            ]);
    }

    /// <summary>The currency with this contract, or the network's own coin; null for one that is not watched.</summary>
    public ChainCurrency? Find(string currencyAddress) =>
        byAddress.GetValueOrDefault(FieldRules.NormalAddress(currencyAddress));
}
