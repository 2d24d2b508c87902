using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Bleepay.Gateway.Description;
using Bleepay.Gateway.Http;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Widgets;

namespace Bleepay.Gateway.Widgets;

/// <summary>
/// What a merchant configures. Describes the body; the request itself is read field by field.
/// </summary>
internal sealed record CreateWidgetRequest(
    [property: Required, StringLength(WidgetBounds.NameLengthMax, MinimumLength = 1)]
    string Name,
    [property: Description("FIXED_AMOUNT tells the form that the amount can't be edited.")]
    [property: Required]
    WidgetMode Mode,
    [property: Description("Inclusive; zero is allowed; not above maxAmount.")]
    [property: StringLength(FieldRules.AmountLengthMax, MinimumLength = 1)]
    [property: RegularExpression(FieldRules.AmountPattern)]
    string? MinAmount = null,
    [property: Description("Inclusive; not below minAmount.")]
    [property: StringLength(FieldRules.AmountLengthMax, MinimumLength = 1)]
    [property: RegularExpression(FieldRules.AmountPattern)]
    string? MaxAmount = null,
    [property: Description("Empty or absent: no restriction. Each item as network of create-session.")]
    [property: MaxLength(WidgetBounds.ListItemsMax)]
    [property: Items(FieldRules.NetworkLengthMin, FieldRules.NetworkLengthMax, FieldRules.AddressPattern)]
    IReadOnlyList<string>? AllowedNetworks = null,
    [property: Description("Empty or absent: no restriction. Each item as currency of create-session.")]
    [property: MaxLength(WidgetBounds.ListItemsMax)]
    [property: Items(FieldRules.CurrencyLengthMin, FieldRules.CurrencyLengthMax, FieldRules.CurrencyPattern)]
    IReadOnlyList<string>? AllowedCurrencies = null,
    [property: Description("Empty or absent: no restriction. Each item as currencyAddress of create-session.")]
    [property: MaxLength(WidgetBounds.ListItemsMax)]
    [property: Items(0, FieldRules.CurrencyAddressLengthMax, FieldRules.AddressPattern)]
    IReadOnlyList<string>? AllowedCurrencyAddresses = null,
    [property: Description("Empty or absent: no restriction. Fill it: a widget secret in a page is public.")]
    [property: MaxLength(WidgetBounds.ListItemsMax)]
    [property: Items(1, FieldRules.DepositAddressLengthMax, FieldRules.AddressPattern)]
    IReadOnlyList<string>? AllowedDepositAddresses = null,
    [property: Description("Host names, or *.example.com for its subdomains. Empty or absent: any page.")]
    [property: MaxLength(WidgetBounds.ListItemsMax)]
    [property: Items(1, WidgetBounds.DomainLengthMax, WidgetBounds.DomainPattern)]
    IReadOnlyList<string>? AllowedDomains = null,
    [property: Description("Shown to the form. Each item 1–32 printable ASCII characters.")]
    [property: MaxLength(WidgetBounds.MethodsMax)]
    [property: Items(1, WidgetBounds.MethodLengthMax, WidgetBounds.MethodPattern)]
    IReadOnlyList<string>? AllowedMethods = null,
    [property: Description("How many of its sessions may be open at once.")]
    [property: Range(1, int.MaxValue)]
    int? MaxOpenSessions = null,
    [property: Description("How many sessions it opens a second.")]
    [property: Range(1, int.MaxValue)]
    int? MaxCreationsPerSecond = null,
    [property: Description("How many sessions with the same customerReference may be open at once.")]
    [property: Range(1, int.MaxValue)]
    int? MaxOpenSessionsPerReference = null,
    [property: Description("Decimal string 0–10: a total this close below the amount counts as paid.")]
    [property: StringLength(FieldRules.AmountLengthMax, MinimumLength = 1)]
    [property: RegularExpression(FieldRules.AmountPattern)]
    string? UnderpaymentTolerancePercent = null,
    [property: Description("Absolute https URL (http for localhost only).")]
    [property: StringLength(WidgetBounds.UrlLengthMax, MinimumLength = 1)]
    string? SuccessUrl = null,
    [property: Description("Absolute https URL (http for localhost only).")]
    [property: StringLength(WidgetBounds.UrlLengthMax, MinimumLength = 1)]
    string? CancelUrl = null,
    [property: Description("Absolute https URL (http for localhost only).")]
    [property: StringLength(WidgetBounds.UrlLengthMax, MinimumLength = 1)]
    string? IconUrl = null,
    [property: Description("One of allowedCurrencies.")]
    [property: StringLength(FieldRules.CurrencyLengthMax, MinimumLength = FieldRules.CurrencyLengthMin)]
    [property: RegularExpression(FieldRules.CurrencyPattern)]
    string? DefaultCurrency = null,
    [property: Description("One of allowedCurrencyAddresses.")]
    [property: StringLength(FieldRules.CurrencyAddressLengthMax)]
    [property: RegularExpression(FieldRules.AddressPattern)]
    string? DefaultCurrencyAddress = null,
    [property: Description("One of allowedNetworks.")]
    [property: StringLength(FieldRules.NetworkLengthMax, MinimumLength = FieldRules.NetworkLengthMin)]
    [property: RegularExpression(FieldRules.AddressPattern)]
    string? DefaultNetwork = null,
    [property: Description("One of allowedDepositAddresses.")]
    [property: StringLength(FieldRules.DepositAddressLengthMax, MinimumLength = 1)]
    [property: RegularExpression(FieldRules.AddressPattern)]
    string? DefaultDepositAddress = null,
    [property: Description("A JSON Schema (2020-12) of at most 2,048 bytes, within the documented keywords.")]
    [property: JsonConverter(typeof(RawJsonConverter))]
    string? MetadataSchema = null,
    [property: Description("IFRAME when absent.")]
    RenderMode? RenderMode = null,
    [property: Description("#RRGGBBAA")]
    [property: RegularExpression(WidgetBounds.ColorPattern)]
    string? Color = null,
    [property: Description("Length in Unicode code points.")]
    [property: StringLength(WidgetBounds.EmojiLengthMax, MinimumLength = 1)]
    string? Emoji = null);

/// <summary>A new widget and its secret, which is shown this once.</summary>
internal sealed record WidgetCreated(
    WidgetSummary Widget,
    [property: Description("Opens this widget's config and create-session as X-Client-Secret. Not shown again.")]
    string ClientSecret);

/// <summary>A new widget in short.</summary>
internal sealed record WidgetSummary(
    string Id, string Name, WidgetMode Mode, bool Enabled, DateTimeOffset CreatedAt)
{
    public static WidgetSummary From(WidgetView widget) => new(
        widget.Id, widget.Settings.Name, widget.Settings.Mode, widget.Enabled, widget.CreatedAt);
}

/// <summary>A widget's whole configuration, without its secret.</summary>
internal sealed record WidgetResource(
    string Id,
    string Name,
    WidgetMode Mode,
    bool Enabled,
    string? MinAmount,
    string? MaxAmount,
    IReadOnlyList<string> AllowedNetworks,
    IReadOnlyList<string> AllowedCurrencies,
    IReadOnlyList<string> AllowedCurrencyAddresses,
    IReadOnlyList<string> AllowedDepositAddresses,
    IReadOnlyList<string> AllowedDomains,
    IReadOnlyList<string> AllowedMethods,
    int? MaxOpenSessions,
    int? MaxCreationsPerSecond,
    int? MaxOpenSessionsPerReference,
    string? UnderpaymentTolerancePercent,
    string? SuccessUrl,
    string? CancelUrl,
    string? IconUrl,
    string? DefaultCurrency,
    string? DefaultCurrencyAddress,
    string? DefaultNetwork,
    string? DefaultDepositAddress,
    [property: JsonConverter(typeof(RawJsonConverter))]
    string? MetadataSchema,
    RenderMode RenderMode,
    string? Color,
    string? Emoji,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt)
{
    public static WidgetResource From(WidgetView widget)
    {
        var settings = widget.Settings;
        return new(
            widget.Id, settings.Name, settings.Mode, widget.Enabled, settings.MinAmount, settings.MaxAmount,
            settings.AllowedNetworks, settings.AllowedCurrencies, settings.AllowedCurrencyAddresses,
            settings.AllowedDepositAddresses, settings.AllowedDomains, settings.AllowedMethods,
            settings.MaxOpenSessions, settings.MaxCreationsPerSecond, settings.MaxOpenSessionsPerReference,
            settings.UnderpaymentTolerancePercent, settings.SuccessUrl, settings.CancelUrl, settings.IconUrl,
            settings.DefaultCurrency, settings.DefaultCurrencyAddress, settings.DefaultNetwork,
            settings.DefaultDepositAddress, settings.MetadataSchema, settings.RenderMode, settings.Color,
            settings.Emoji, widget.CreatedAt, widget.UpdatedAt);
    }
}

/// <summary>What a page needs to show the form, or why it may not.</summary>
internal sealed record WidgetConfigAnswer(
    WidgetConfig? Config,
    [property: Description("Only beside a config of null: widget_disabled or domain_not_allowed.")]
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    string? Reason)
{
    public static WidgetConfigAnswer From(WidgetPage page) => page.Obstacle switch
    {
        null => new(WidgetConfig.From(page.Widget.Settings), null),
        PageObstacle.WidgetDisabled => new(null, "widget_disabled"),
        PageObstacle.DomainNotAllowed => new(null, "domain_not_allowed"),
        _ => throw new ArgumentOutOfRangeException(nameof(page), page.Obstacle, null),
    };
}

/// <summary>The public part of a widget.</summary>
internal sealed record WidgetConfig(
    string Name,
    WidgetMode Mode,
    string? MinAmount,
    string? MaxAmount,
    IReadOnlyList<string> AllowedNetworks,
    IReadOnlyList<string> AllowedCurrencies,
    IReadOnlyList<string> AllowedCurrencyAddresses,
    IReadOnlyList<string> AllowedDepositAddresses,
    IReadOnlyList<string> AllowedMethods,
    RenderMode RenderMode,
    string? IconUrl,
    string? Color,
    string? Emoji,
    string? DefaultCurrency,
    string? DefaultCurrencyAddress,
    string? DefaultNetwork,
    string? DefaultDepositAddress,
    [property: JsonConverter(typeof(RawJsonConverter))]
    string? MetadataSchema,
    [property: Description("True when the widget restricts no domains.")]
    bool AllowAllOrigins,
    [property: Description("True when the widget restricts no methods.")]
    bool AllowAllMethods)
{
    public static WidgetConfig From(WidgetSettings settings) => new(
        settings.Name, settings.Mode, settings.MinAmount, settings.MaxAmount, settings.AllowedNetworks,
        settings.AllowedCurrencies, settings.AllowedCurrencyAddresses, settings.AllowedDepositAddresses,
        settings.AllowedMethods, settings.RenderMode, settings.IconUrl, settings.Color, settings.Emoji,
        settings.DefaultCurrency, settings.DefaultCurrencyAddress, settings.DefaultNetwork,
        settings.DefaultDepositAddress, settings.MetadataSchema,
        AllowAllOrigins: settings.AllowedDomains.IsEmpty, AllowAllMethods: settings.AllowedMethods.IsEmpty);
}
