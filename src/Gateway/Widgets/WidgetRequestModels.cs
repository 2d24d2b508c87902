using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Bleepay.Gateway.Description;
using Bleepay.Gateway.Http;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Widgets;

namespace Bleepay.Gateway.Widgets;

/// <summary>A new widget. Describes the body; the request itself is read field by field.</summary>
internal sealed record CreateWidgetRequest : WidgetRequestFields
{
    [Required, StringLength(WidgetBounds.NameLengthMax, MinimumLength = 1)]
    public string Name { get; init; } = "";

    [Description("FIXED_AMOUNT tells the form that the amount can't be edited.")]
    [Required]
    public WidgetMode Mode { get; init; }
}

/// <summary>A change of a widget: what is absent stays as it is, and null clears.</summary>
internal sealed record UpdateWidgetRequest : WidgetRequestFields
{
    [StringLength(WidgetBounds.NameLengthMax, MinimumLength = 1)]
    public string? Name { get; init; }

    [Description("FIXED_AMOUNT tells the form that the amount can't be edited.")]
    public WidgetMode? Mode { get; init; }
}

/// <summary>A new secret for a widget.</summary>
internal sealed record RotateSecretRequest(
    [property: Description("For how long the secrets before it go on. With 0 all of them end at once.")]
    [property: Required, Range(0, WidgetBounds.GraceSecondsMax)]
    int GraceSeconds);

/// <summary>What a merchant configures, but for what a widget can't be without.</summary>
internal abstract record WidgetRequestFields
{
    [Description("Inclusive; zero is allowed; not above maxAmount.")]
    [StringLength(FieldRules.AmountLengthMax, MinimumLength = 1)]
    [RegularExpression(FieldRules.AmountPattern)]
    public string? MinAmount { get; init; }

    [Description("Inclusive; not below minAmount.")]
    [StringLength(FieldRules.AmountLengthMax, MinimumLength = 1)]
    [RegularExpression(FieldRules.AmountPattern)]
    public string? MaxAmount { get; init; }

    [Description("Empty or absent: no restriction. Each item as network of create-session.")]
    [MaxLength(WidgetBounds.ListItemsMax)]
    [Items(FieldRules.NetworkLengthMin, FieldRules.NetworkLengthMax, FieldRules.AddressPattern)]
    public IReadOnlyList<string>? AllowedNetworks { get; init; }

    [Description("Empty or absent: no restriction. Each item as currency of create-session.")]
    [MaxLength(WidgetBounds.ListItemsMax)]
    [Items(FieldRules.CurrencyLengthMin, FieldRules.CurrencyLengthMax, FieldRules.CurrencyPattern)]
    public IReadOnlyList<string>? AllowedCurrencies { get; init; }

    [Description("Empty or absent: no restriction. Each item as currencyAddress of create-session.")]
    [MaxLength(WidgetBounds.ListItemsMax)]
    [Items(0, FieldRules.CurrencyAddressLengthMax, FieldRules.AddressPattern)]
    public IReadOnlyList<string>? AllowedCurrencyAddresses { get; init; }

    [Description("Empty or absent: no restriction. Fill it: a widget secret in a page is public.")]
    [MaxLength(WidgetBounds.ListItemsMax)]
    [Items(1, FieldRules.DepositAddressLengthMax, FieldRules.AddressPattern)]
    public IReadOnlyList<string>? AllowedDepositAddresses { get; init; }

    [Description("Host names, or *.example.com for its subdomains. Empty or absent: any page.")]
    [MaxLength(WidgetBounds.ListItemsMax)]
    [Items(1, WidgetBounds.DomainLengthMax, WidgetBounds.DomainPattern)]
    public IReadOnlyList<string>? AllowedDomains { get; init; }

    [Description("Shown to the form. Each item 1–32 printable ASCII characters.")]
    [MaxLength(WidgetBounds.MethodsMax)]
    [Items(1, WidgetBounds.MethodLengthMax, WidgetBounds.MethodPattern)]
    public IReadOnlyList<string>? AllowedMethods { get; init; }

    [Description("How many of its sessions may be open at once, of those opened since a cap was set.")]
    [Range(1, int.MaxValue)]
    public int? MaxOpenSessions { get; init; }

    [Description("How many sessions it opens a second.")]
    [Range(1, int.MaxValue)]
    public int? MaxCreationsPerSecond { get; init; }

    [Description("How many sessions with the same customerReference may be open at once.")]
    [Range(1, int.MaxValue)]
    public int? MaxOpenSessionsPerReference { get; init; }

    [Description("Decimal string 0–10: a total this close below the amount counts as paid.")]
    [StringLength(FieldRules.AmountLengthMax, MinimumLength = 1)]
    [RegularExpression(FieldRules.AmountPattern)]
    public string? UnderpaymentTolerancePercent { get; init; }

    [Description("Absolute https URL (http for localhost only).")]
    [StringLength(WidgetBounds.UrlLengthMax, MinimumLength = 1)]
    public string? SuccessUrl { get; init; }

    [Description("Absolute https URL (http for localhost only).")]
    [StringLength(WidgetBounds.UrlLengthMax, MinimumLength = 1)]
    public string? CancelUrl { get; init; }

    [Description("Absolute https URL (http for localhost only).")]
    [StringLength(WidgetBounds.UrlLengthMax, MinimumLength = 1)]
    public string? IconUrl { get; init; }

    [Description("One of allowedCurrencies.")]
    [StringLength(FieldRules.CurrencyLengthMax, MinimumLength = FieldRules.CurrencyLengthMin)]
    [RegularExpression(FieldRules.CurrencyPattern)]
    public string? DefaultCurrency { get; init; }

    [Description("One of allowedCurrencyAddresses.")]
    [StringLength(FieldRules.CurrencyAddressLengthMax)]
    [RegularExpression(FieldRules.AddressPattern)]
    public string? DefaultCurrencyAddress { get; init; }

    [Description("One of allowedNetworks.")]
    [StringLength(FieldRules.NetworkLengthMax, MinimumLength = FieldRules.NetworkLengthMin)]
    [RegularExpression(FieldRules.AddressPattern)]
    public string? DefaultNetwork { get; init; }

    [Description("One of allowedDepositAddresses.")]
    [StringLength(FieldRules.DepositAddressLengthMax, MinimumLength = 1)]
    [RegularExpression(FieldRules.AddressPattern)]
    public string? DefaultDepositAddress { get; init; }

    [Description("A JSON Schema (2020-12) of at most 2,048 bytes, within the documented keywords.")]
    [JsonConverter(typeof(RawJsonConverter))]
    public string? MetadataSchema { get; init; }

    [Description("IFRAME when absent.")]
    public RenderMode? RenderMode { get; init; }

    [Description("#RRGGBBAA")]
    [RegularExpression(WidgetBounds.ColorPattern)]
    public string? Color { get; init; }

    [Description("Length in Unicode code points.")]
    [StringLength(WidgetBounds.EmojiLengthMax, MinimumLength = 1)]
    public string? Emoji { get; init; }
}
