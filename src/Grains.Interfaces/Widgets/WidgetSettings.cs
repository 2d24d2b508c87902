using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Bleepay.Grains.Fields;

namespace Bleepay.Grains.Widgets;

/// <summary>Whether a widget's form lets the customer choose the amount.</summary>
[GenerateSerializer, Alias("bleepay.widget-mode")]
public enum WidgetMode
{
    /// <summary>The form's amount can't be edited.</summary>
    FixedAmount = 0,

    /// <summary>The customer chooses the amount.</summary>
    CustomerAmount = 1,
}

/// <summary>How the widget appears on a page.</summary>
[GenerateSerializer, Alias("bleepay.render-mode")]
public enum RenderMode
{
    Iframe = 0,
    Popup = 1,
}

/// <summary>The settings that any page with the widget's secret may read. Empty lists restrict nothing.</summary>
[GenerateSerializer, Immutable, Alias("bleepay.public-widget-settings")]
public record PublicWidgetSettings
{
    [Id(0)]
    [TextField(WidgetBounds.NameLengthMax)]
    public string Name { get; init; } = "";

    [Id(1)]
    [Description("With FIXED_AMOUNT, a form shows the amount and does not let it be edited.")]
    public WidgetMode Mode { get; init; }

    [Id(2)]
    [AmountField, Description("Inclusive; zero is allowed; not above maxAmount.")]
    public string? MinAmount { get; init; }

    [Id(3)]
    [AmountField, Description("Inclusive; not below minAmount.")]
    public string? MaxAmount { get; init; }

    [Id(4)]
    [NetworkField, Description("Empty or absent: no restriction. Each item as network of create-session.")]
    public ImmutableArray<string> AllowedNetworks { get; init; } = [];

    [Id(5)]
    [CurrencyField, Description("Empty or absent: no restriction. Each item as currency of create-session.")]
    public ImmutableArray<string> AllowedCurrencies { get; init; } = [];

    [Id(6)]
    [CurrencyAddressField]
    [Description("Empty or absent: no restriction. Each item as currencyAddress of create-session.")]
    public ImmutableArray<string> AllowedCurrencyAddresses { get; init; } = [];

    [Id(7)]
    [DepositAddressField]
    [Description("Empty or absent: no restriction. Set it: a widget secret in a page is public.")]
    public ImmutableArray<string> AllowedDepositAddresses { get; init; } = [];

    [Id(8)]
    [MethodField, ItemsMax(WidgetBounds.MethodsMax)]
    [Description("Returned to forms. Each item 1–32 printable ASCII characters.")]
    public ImmutableArray<string> AllowedMethods { get; init; } = [];

    [Id(9)]
    [Description("IFRAME when absent.")]
    public RenderMode RenderMode { get; init; }

    [Id(10)]
    [UrlField, Description("Absolute https URL (http for localhost only).")]
    public string? IconUrl { get; init; }

    [Id(11)]
    [ColorField, Description("#RRGGBBAA")]
    public string? Color { get; init; }

    [Id(12)]
    [TextField(WidgetBounds.EmojiLengthMax), Description("Length in Unicode code points.")]
    public string? Emoji { get; init; }

    [Id(13)]
    [CurrencyField, AllowedBy(nameof(AllowedCurrencies)), Description("One of allowedCurrencies.")]
    public string? DefaultCurrency { get; init; }

    [Id(14)]
    [CurrencyAddressField, AllowedBy(nameof(AllowedCurrencyAddresses))]
    [Description("One of allowedCurrencyAddresses.")]
    public string? DefaultCurrencyAddress { get; init; }

    [Id(15)]
    [NetworkField, AllowedBy(nameof(AllowedNetworks)), Description("One of allowedNetworks.")]
    public string? DefaultNetwork { get; init; }

    [Id(16)]
    [DepositAddressField, AllowedBy(nameof(AllowedDepositAddresses)), Description("One of allowedDepositAddresses.")]
    public string? DefaultDepositAddress { get; init; }

    [Id(17)]
    [JsonConverter(typeof(RawJsonConverter))]
    [Description("A JSON Schema (2020-12) of at most 2,048 bytes, within the documented keywords.")]
    public string? MetadataSchema { get; init; }
}

/// <summary>
/// Everything that a merchant configures of a widget. A property declares its field once: the request's reading and
/// checks, the patch, the answers and the API description follow from it (<see cref="WidgetField"/>).
/// </summary>
[GenerateSerializer, Immutable, Alias("bleepay.widget-settings")]
public record WidgetSettings : PublicWidgetSettings
{
    [Id(0)]
    [DomainField, Description("Host names, or *.example.com for its subdomains. Empty or absent: any page.")]
    public ImmutableArray<string> AllowedDomains { get; init; } = [];

    [Id(1)]
    [Range(1, int.MaxValue)]
    [Description("Most sessions that may be open at once, of those created since a cap was set.")]
    public int? MaxOpenSessions { get; init; }

    [Id(2)]
    [Range(1, int.MaxValue), Description("Most sessions that the widget creates in a second.")]
    public int? MaxCreationsPerSecond { get; init; }

    [Id(3)]
    [Range(1, int.MaxValue), Description("Most sessions with the same customerReference that may be open at once.")]
    public int? MaxOpenSessionsPerReference { get; init; }

    [Id(4)]
    [PercentField, Description("Decimal string 0–10: a total this close below the amount counts as paid.")]
    public string? UnderpaymentTolerancePercent { get; init; }

    [Id(5)]
    [UrlField, Description("Absolute https URL (http for localhost only).")]
    public string? SuccessUrl { get; init; }

    [Id(6)]
    [UrlField, Description("Absolute https URL (http for localhost only).")]
    public string? CancelUrl { get; init; }
}
