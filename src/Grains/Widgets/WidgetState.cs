using System.Collections.Immutable;

namespace Bleepay.Grains.Widgets;

/// <summary>A widget as it is stored, by the stock grain storage, as JSON.</summary>
public sealed class WidgetState
{
    /// <summary>Null for a widget that was never made, or was deleted.</summary>
    public Widget? Widget { get; set; }

    /// <summary>True for good once the widget was deleted: its id is never used again.</summary>
    public bool IsDeleted { get; set; }
}

/// <summary>One widget. Of its secrets only the hashes are kept.</summary>
public sealed record Widget(
    string BusinessId,
    WidgetSettings Settings,
    bool IsEnabled,
    ImmutableArray<byte> SecretHash,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt)
{
    /// <summary>Secrets that were rotated out, and open the widget until their time; the newest last.</summary>
    public ImmutableArray<FormerSecret> FormerSecrets { get; init; } = [];
}

/// <summary>A secret in its grace.</summary>
/// <param name="Until">Exclusive.</param>
public sealed record FormerSecret(ImmutableArray<byte> Hash, DateTimeOffset Until);
