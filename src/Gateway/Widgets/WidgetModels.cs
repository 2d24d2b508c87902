using System.ComponentModel;
using System.Text.Json.Serialization;
using Bleepay.Gateway.Http;
using Bleepay.Grains.Widgets;

namespace Bleepay.Gateway.Widgets;

/// <summary>A new widget and its secret, which is shown this once.</summary>
internal sealed record WidgetCreated(
    WidgetSummary Widget,
    [property: Description("Opens this widget's config and create-session as X-Client-Secret. Not shown again.")]
    string ClientSecret);

/// <summary>A new secret, which is shown this once.</summary>
internal sealed record SecretRotated(
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
