using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Bleepay.Grains.Chains;

namespace Bleepay.Gateway.Chains;

/// <summary>A network whose payments the service sees.</summary>
internal sealed record NetworkResource(
    [property: Description("The name that sessions use.")]
    string Network,
    [property: Description("The display name.")]
    string Name,
    [property: AllowedValues("evm")]
    string Type,
    [property: Description("The EIP-155 chain id, in decimal digits.")]
    string ChainId,
    [property: Description("The symbol of the network's own coin.")]
    string NativeCurrency,
    [property: Description("The URL of a block explorer, without a trailing slash.")]
    string? ExplorerUrl,
    [property: Description("The confirmations that a session requires if it is created now.")]
    int RequiredConfirmations,
    [property: Description("False while the watcher is stopped: payments are then not detected until it runs again.")]
    bool Watched,
    [property: Description("Always true.")]
    bool Enabled)
{
    public static NetworkResource From(ChainNetwork network) => new(
        network.Network, network.Name, "evm", network.ChainId.ToString(CultureInfo.InvariantCulture),
        network.NativeCurrency, network.ExplorerUrl, network.RequiredConfirmations, network.IsWatched, true);
}

/// <summary>A token of a watched network, or its coin.</summary>
internal sealed record CurrencyResource(
    string Symbol,
    string Network,
    [property: Description("The token's contract, with its EIP-55 checksum; empty for the network's own coin.")]
    string Address,
    [property: Description("The most decimal places that an amount may have.")]
    int Decimals,
    [property: Description("Always false.")]
    bool Bridgeable,
    [property: Description("Always true.")]
    bool Enabled)
{
    public static CurrencyResource From(ChainCurrency currency) => new(
        currency.Symbol, currency.Network, currency.Address, currency.Decimals, false, true);
}
