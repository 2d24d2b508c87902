using System.Collections.Immutable;
using System.ComponentModel;
using Bleepay.Grains.Chains;
using Bleepay.Grains.Sessions;
using Bleepay.Grains.Widgets;

namespace Bleepay.Gateway.Widgets;

/// <summary>One way to pay that a form can offer: the fields of create-session, and a display name.</summary>
internal sealed record PaymentOption(
    string Network,
    [property: Description("The display name of the network.")]
    string NetworkName,
    string Currency,
    [property: Description("The token's contract; empty for the network's own coin.")]
    string CurrencyAddress,
    [property: Description("One of the widget's addresses, or auto if it has several.")]
    string DepositAddress,
    [property: Description("The most decimal places that an amount may have.")]
    int Decimals)
{
    public const int CountMax = 100;

    /// <summary>
    /// What the widget's lists allow of the networks and currencies of this deployment's catalogue, by network and then
    /// currency. A network on which the widget has no valid deposit address is left out.
    /// </summary>
    public static ImmutableArray<PaymentOption> Of(PublicWidgetSettings widget, ChainCatalogue catalogue) =>
    [
        .. (from network in catalogue.Networks
            where IsAllowed(widget.AllowedNetworks, network.Network, StringComparer.Ordinal)
            let currencies = catalogue.Currencies.Where(currency => currency.Network == network.Network).ToList()
            let deposit = DepositAddressOf(widget, currencies)
            where deposit is not null
            from currency in currencies
            where IsAllowed(widget.AllowedCurrencies, currency.Symbol, StringComparer.Ordinal)
            where IsAllowed(widget.AllowedCurrencyAddresses, currency.Address, StringComparer.OrdinalIgnoreCase)
            orderby network.Network, currency.Symbol
            select new PaymentOption(
                network.Network, network.Name, currency.Symbol, currency.Address, deposit, currency.Decimals))
            .Take(CountMax),
    ];

    /// <summary>
    /// The default address, else the only allowed one, else <c>auto</c>; null where none is valid on the network.
    /// </summary>
    private static string? DepositAddressOf(PublicWidgetSettings widget, List<ChainCurrency> currencies)
    {
        var allowed = widget.AllowedDepositAddresses.Where(IsValid).ToList();
        if (widget.DefaultDepositAddress is { } address
            && (address == AddressPool.Auto ? allowed.Count > 0 : IsValid(address)))
            return address;
        return allowed switch
        {
            [] => null,
            [var only] => only,
            _ => AddressPool.Auto,
        };

        // Money that is sent to a token's contract is lost.
        bool IsValid(string address) =>
            EvmAddress.Problem(address) is null
            && !currencies.Exists(currency => EvmAddress.AreEqual(currency.Address, address));
    }

    private static bool IsAllowed(ImmutableArray<string> list, string value, StringComparer comparer) =>
        list.IsEmpty || list.Contains(value, comparer);
}
