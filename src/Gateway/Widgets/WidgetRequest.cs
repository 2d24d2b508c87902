using System.Collections.Frozen;
using Bleepay.Gateway.Http;
using Bleepay.Grains.Widgets;

namespace Bleepay.Gateway.Widgets;

/// <summary>
/// Reads a widget's settings from a body by their JSON types; their rules are the widget's to know.
/// </summary>
internal static class WidgetRequest
{
    private static readonly FrozenDictionary<string, WidgetMode> Modes = new Dictionary<string, WidgetMode>
    {
        ["FIXED_AMOUNT"] = WidgetMode.FixedAmount,
        ["CUSTOMER_AMOUNT"] = WidgetMode.CustomerAmount,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, RenderMode> RenderModes = new Dictionary<string, RenderMode>
    {
        ["IFRAME"] = RenderMode.Iframe,
        ["POPUP"] = RenderMode.Popup,
    }.ToFrozenDictionary();

    public static WidgetSettings Read(JsonFields fields)
    {
        fields.Require("name");
        fields.Require("mode");
        return new WidgetSettings
        {
            Name = fields.Text("name") ?? "",
            Mode = fields.Word("mode", Modes) ?? default,
            MinAmount = fields.Text("minAmount"),
            MaxAmount = fields.Text("maxAmount"),
            AllowedNetworks = fields.Texts("allowedNetworks"),
            AllowedCurrencies = fields.Texts("allowedCurrencies"),
            AllowedCurrencyAddresses = fields.Texts("allowedCurrencyAddresses"),
            AllowedDepositAddresses = fields.Texts("allowedDepositAddresses"),
            AllowedDomains = fields.Texts("allowedDomains"),
            AllowedMethods = fields.Texts("allowedMethods"),
            MaxOpenSessions = fields.WholeNumber("maxOpenSessions"),
            MaxCreationsPerSecond = fields.WholeNumber("maxCreationsPerSecond"),
            MaxOpenSessionsPerReference = fields.WholeNumber("maxOpenSessionsPerReference"),
            UnderpaymentTolerancePercent = fields.Text("underpaymentTolerancePercent"),
            SuccessUrl = fields.Text("successUrl"),
            CancelUrl = fields.Text("cancelUrl"),
            IconUrl = fields.Text("iconUrl"),
            DefaultCurrency = fields.Text("defaultCurrency"),
            DefaultCurrencyAddress = fields.Text("defaultCurrencyAddress"),
            DefaultNetwork = fields.Text("defaultNetwork"),
            DefaultDepositAddress = fields.Text("defaultDepositAddress"),
            MetadataSchema = fields.Object("metadataSchema", JsonBody.DepthMax),
            RenderMode = fields.Word("renderMode", RenderModes) ?? RenderMode.Iframe,
            Color = fields.Text("color"),
            Emoji = fields.Text("emoji"),
        };
    }
}
