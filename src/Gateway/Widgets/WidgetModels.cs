using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Bleepay.Grains.Chains;
using Bleepay.Grains.Widgets;

namespace Bleepay.Gateway.Widgets;

/// <summary>A new widget and its secret, which is shown this once.</summary>
internal sealed record WidgetCreated(
    WidgetSummary Widget,
    [property: Description("Sent as X-Client-Secret, grants access to config and create-session. Not shown again.")]
    string ClientSecret);

/// <summary>A new secret, which is shown this once.</summary>
internal sealed record SecretRotated(
    [property: Description("Sent as X-Client-Secret, grants access to config and create-session. Not shown again.")]
    string ClientSecret);

/// <summary>A new widget in short.</summary>
internal sealed record WidgetSummary(
    string Id, string Name, WidgetMode Mode, bool Enabled, DateTimeOffset CreatedAt)
{
    public static WidgetSummary From(WidgetView widget) => new(
        widget.Id, widget.Settings.Name, widget.Settings.Mode, widget.Enabled, widget.CreatedAt);
}

/// <summary>A widget's whole configuration, without its secret.</summary>
internal sealed record WidgetResource : WidgetSettings
{
    private WidgetResource(WidgetSettings settings)
        : base(settings)
    {
    }

    public required string Id { get; init; }

    public required bool Enabled { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    public static WidgetResource From(WidgetView widget) => new(widget.Settings)
    {
        Id = widget.Id,
        Enabled = widget.Enabled,
        CreatedAt = widget.CreatedAt,
        UpdatedAt = widget.UpdatedAt,
    };
}

/// <summary>The configuration for a page that shows the form, or the reason why it may not.</summary>
internal sealed record WidgetConfigAnswer(
    WidgetConfig? Config,
    [property: Description("Only with a config of null: widget_disabled or domain_not_allowed.")]
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    string? Reason)
{
    public static WidgetConfigAnswer From(WidgetPage page, ChainCatalogue catalogue) => page.Obstacle switch
    {
        null => new(WidgetConfig.From(page.Widget.Settings, catalogue), null),
        PageObstacle.WidgetDisabled => new(null, "widget_disabled"),
        PageObstacle.DomainNotAllowed => new(null, "domain_not_allowed"),
        _ => throw new ArgumentOutOfRangeException(nameof(page), page.Obstacle, null),
    };
}

/// <summary>The public part of a widget.</summary>
internal sealed record WidgetConfig : PublicWidgetSettings
{
    private WidgetConfig(WidgetSettings settings, ChainCatalogue catalogue)
        : base(settings)
    {
        Options = PaymentOption.Of(settings, catalogue);
        AllowAllOrigins = settings.AllowedDomains.IsEmpty;
        AllowAllMethods = settings.AllowedMethods.IsEmpty;
    }

    [Description("True when the widget restricts no domains.")]
    public bool AllowAllOrigins { get; }

    [Description("True when the widget restricts no methods.")]
    public bool AllowAllMethods { get; }

    [Description("The watched networks and currencies that the widget's lists allow, for a form to offer.")]
    [MaxLength(PaymentOption.CountMax)]
    public IReadOnlyList<PaymentOption> Options { get; }

    public static WidgetConfig From(WidgetSettings settings, ChainCatalogue catalogue) => new(settings, catalogue);
}
