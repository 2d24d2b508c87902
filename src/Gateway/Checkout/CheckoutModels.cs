using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Bleepay.Grains.Chains;
using Bleepay.Grains.Sessions;
using Bleepay.Grains.Widgets;

namespace Bleepay.Gateway.Checkout;

/// <summary>What the checkout page shows in addition to the session.</summary>
internal sealed record CheckoutResource(
    [property: Description("The widget's current settings; null after the widget was deleted.")]
    CheckoutMerchant? Merchant,
    [property: Description("The link for the customer after a payment; the page appends ?session= and the id.")]
    string? SuccessUrl,
    [property: Description("The link for a customer who leaves without a payment.")]
    string? CancelUrl,
    [property: Description("Null for a network that is not in the deployment's catalogue.")]
    CheckoutNetwork? Network,
    [property: Description("Null for a token that is not in the deployment's catalogue.")]
    CheckoutCurrency? Currency,
    [property: Description("True if the service detects payments. Otherwise the merchant's processor reports them.")]
    bool Watched,
    [property: Description("True if the page may simulate payments, as in the demo on a developer's machine.")]
    bool Sandbox)
{
    /// <param name="merchant">Null for a widget that was deleted.</param>
    public static CheckoutResource Of(
        SessionView session, WidgetMerchant? merchant, ChainCatalogue catalogue, bool isSandbox)
    {
        var network = catalogue.Networks.FirstOrDefault(one => one.Network == session.Terms.Network);
        var currency = catalogue.Currencies.FirstOrDefault(one =>
            one.Network == session.Terms.Network && EvmAddress.AreEqual(one.Address, session.Terms.CurrencyAddress));
        return new(
            merchant is null ? null : CheckoutMerchant.Of(merchant),
            merchant?.SuccessUrl,
            merchant?.CancelUrl,
            network is null ? null : new(network.Name, network.ChainId, network.ExplorerUrl),
            currency is null ? null : new(currency.Symbol, currency.Decimals),
            session.Target is not null && network is { IsWatched: true },
            isSandbox);
    }
}

/// <summary>The merchant that the customer pays.</summary>
internal sealed record CheckoutMerchant(
    string Name,
    string? IconUrl,
    [property: Description("#RRGGBBAA")]
    string? Color,
    string? Emoji,
    [property: Description("The first of the widget's allowedDomains, without *.; null without a list.")]
    string? Domain)
{
    public static CheckoutMerchant Of(WidgetMerchant merchant) =>
        new(merchant.Name, merchant.IconUrl, merchant.Color, merchant.Emoji, merchant.Domain);
}

/// <summary>The network on which the customer pays.</summary>
internal sealed record CheckoutNetwork(
    [property: Description("The display name.")]
    string Name,
    [property: Description("The EIP-155 chain id.")]
    long ChainId,
    [property: Description("The URL of a block explorer, without a trailing slash.")]
    string? ExplorerUrl);

/// <summary>The token or coin in which the customer pays.</summary>
internal sealed record CheckoutCurrency(
    string Symbol,
    [property: Description("Decimal places."), Range(0, 36)]
    int Decimals);
