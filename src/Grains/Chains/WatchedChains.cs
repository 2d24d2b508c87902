using System.Collections.Frozen;
using System.Collections.Immutable;
using Bleepay.Grains.Sessions;
using Microsoft.Extensions.Options;

namespace Bleepay.Grains.Chains;

/// <summary>The networks that this deployment watches: those that have a provider.</summary>
public sealed class WatchedChains
{
    private readonly ChainsOptions options;
    private readonly FrozenDictionary<string, Chain> byName;

    public WatchedChains(IOptions<ChainsOptions> options)
    {
        this.options = options.Value;
        All =
        [
            .. this.options.Where(entry => entry.Value.Rpc.Count > 0)
                .Select(entry => Chain.Of(entry.Key, entry.Value))
                .OrderBy(chain => chain.Network, StringComparer.Ordinal),
        ];
        byName = All.ToFrozenDictionary(chain => chain.Network, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>A deployment that watches no network.</summary>
    public static WatchedChains None { get; } = new(Options.Create(new ChainsOptions()));

    /// <summary>By name.</summary>
    public ImmutableArray<Chain> All { get; }

    /// <summary>The network with exactly this name, or null.</summary>
    public Chain? Find(string network) =>
        FindInAnyCase(network) is { } chain && chain.Network == network ? chain : null;

    /// <summary>The network with this name or one that differs by case only, or null.</summary>
    public Chain? FindInAnyCase(string network) => byName.GetValueOrDefault(network);

    /// <summary>The number of confirmations that make a payment on this network final.</summary>
    public int ConfirmationsFor(string network) => options.ConfirmationsFor(network);

    /// <summary>Null for a session whose payments nothing sees.</summary>
    public PaymentTarget? TargetOf(SessionTerms terms) =>
        Find(terms.Network) is { } chain
        && chain.Find(terms.CurrencyAddress) is { } currency
        && EvmAddress.IsWellFormed(terms.DepositAddress)
            ? new(chain.ChainId, currency.Decimals)
            : null;
}
