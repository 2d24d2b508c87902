using System.Collections.Immutable;

namespace Bleepay.Grains.Widgets;

/// <summary>A widget as it is stored, by the stock grain storage, as JSON.</summary>
public sealed class WidgetState
{
    /// <summary>Null for a widget that was never made.</summary>
    public Widget? Widget { get; set; }
}

/// <summary>One widget. Of its secret only the hash is kept.</summary>
public sealed record Widget(
    string BusinessId,
    WidgetSettings Settings,
    bool IsEnabled,
    ImmutableArray<byte> SecretHash,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt);
