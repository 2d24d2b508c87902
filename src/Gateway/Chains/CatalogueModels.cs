using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Bleepay.Grains.Chains;

namespace Bleepay.Gateway.Chains;

/// <summary>A network whose payments the service sees.</summary>
internal sealed record NetworkResource(
    [property: Description("As sessions name it.")]
    string Network,
    [property: Description("As people name it.")]
    string Name,
    [property: AllowedValues("evm")]
    string Type,
    [property: Description("By EIP-155, in decimal digits.")]
    string ChainId,
    [property: Description("The symbol of the network's own coin.")]
    string NativeCurrency,
    [property: Description("Of a block explorer, without a slash at its end.")]
    string? ExplorerUrl,
    [property: Description("Of a session that is created now.")]
    int RequiredConfirmations,
    [property: Description("False while payments are not seen; they are seen once it is true again.")]
    bool Watched,
    [property: Description("Always true.")]
    bool Enabled)
{
    public static NetworkResource From(ChainNetwork network) => new(
        network.Network, network.Name, "evm", network.ChainId.ToString(CultureInfo.InvariantCulture),
        network.NativeCurrency, network.ExplorerUrl, network.RequiredConfirmations, network.IsWatched, true);
}

/// <summary>A token of such a network, or its own coin.</summary>
internal sealed record CurrencyResource(
    string Symbol,
    string Network,
    [property: Description("The token's contract, with its EIP-55 checksum; empty for the network's own coin.")]
    string Address,
    [property: Description("How many digits behind the point an amount may have.")]
    int Decimals,
    [property: Description("Always false.")]
    bool Bridgeable,
    [property: Description("Always true.")]
    bool Enabled)
{
    public static CurrencyResource From(ChainCurrency currency) => new(
        currency.Symbol, currency.Network, currency.Address, currency.Decimals, false, true);
}
