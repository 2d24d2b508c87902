using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
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

    /// <summary>Every field of <see cref="WidgetSettings"/> as the API names it.</summary>
    private static readonly ImmutableArray<string> Names =
        [.. typeof(WidgetSettings).GetProperties().Select(field => JsonNamingPolicy.CamelCase.ConvertName(field.Name))];

    /// <summary>All settings of a new widget.</summary>
    public static WidgetSettings ReadAll(JsonFields fields)
    {
        fields.Require("name");
        fields.Require("mode");
        return Read(fields);
    }

    /// <summary>The settings of a change; the names of those that are given.</summary>
    public static (WidgetSettings Settings, ImmutableArray<string> Given) ReadGiven(JsonFields fields)
    {
        fields.RequireIfGiven("name");
        fields.RequireIfGiven("mode");
        return (Read(fields), [.. Names.Where(fields.Has)]);
    }

    private static WidgetSettings Read(JsonFields fields) => new()
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
