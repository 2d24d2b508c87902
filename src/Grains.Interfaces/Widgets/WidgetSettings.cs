using System.Collections.Immutable;

namespace Bleepay.Grains.Widgets;

/// <summary>How the amount of a widget's form behaves.</summary>
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

/// <summary>Everything that a merchant configures. Empty lists restrict nothing.</summary>
[GenerateSerializer, Immutable, Alias("bleepay.widget-settings")]
public sealed record WidgetSettings
{
    [Id(0)] public string Name { get; init; } = "";
    [Id(1)] public WidgetMode Mode { get; init; }
    [Id(2)] public string? MinAmount { get; init; }
    [Id(3)] public string? MaxAmount { get; init; }
    [Id(4)] public ImmutableArray<string> AllowedNetworks { get; init; } = [];
    [Id(5)] public ImmutableArray<string> AllowedCurrencies { get; init; } = [];
    [Id(6)] public ImmutableArray<string> AllowedCurrencyAddresses { get; init; } = [];
    [Id(7)] public ImmutableArray<string> AllowedDepositAddresses { get; init; } = [];
    [Id(8)] public ImmutableArray<string> AllowedDomains { get; init; } = [];
    [Id(9)] public ImmutableArray<string> AllowedMethods { get; init; } = [];
    [Id(10)] public int? MaxOpenSessions { get; init; }
    [Id(11)] public int? MaxCreationsPerSecond { get; init; }
    [Id(12)] public int? MaxOpenSessionsPerReference { get; init; }
    [Id(13)] public string? UnderpaymentTolerancePercent { get; init; }
    [Id(14)] public string? SuccessUrl { get; init; }
    [Id(15)] public string? CancelUrl { get; init; }
    [Id(16)] public string? IconUrl { get; init; }
    [Id(17)] public string? DefaultCurrency { get; init; }
    [Id(18)] public string? DefaultCurrencyAddress { get; init; }
    [Id(19)] public string? DefaultNetwork { get; init; }
    [Id(20)] public string? DefaultDepositAddress { get; init; }

    /// <summary>A minified JSON Schema object, or null.</summary>
    [Id(21)] public string? MetadataSchema { get; init; }
    [Id(22)] public RenderMode RenderMode { get; init; }
    [Id(23)] public string? Color { get; init; }
    [Id(24)] public string? Emoji { get; init; }
}
