using System.Collections.Immutable;

namespace Bleepay.Grains.Widgets;

/// <summary>One widget as it is stored. Of its secrets only the hashes are kept.</summary>
[GenerateSerializer, Immutable, Alias("bleepay.widget-record")]
public sealed record Widget(
    [property: Id(0)] string BusinessId,
    [property: Id(1)] WidgetSettings Settings,
    [property: Id(2)] bool IsEnabled,
    [property: Id(3)] ImmutableArray<byte> SecretHash,
    [property: Id(4)] DateTimeOffset CreatedAt,
    [property: Id(5)] DateTimeOffset UpdatedAt)
{
    /// <summary>Secrets that were rotated out, and open the widget until their time; the newest last.</summary>
    [Id(6)]
    public ImmutableArray<FormerSecret> FormerSecrets { get; init; } = [];
}

/// <summary>A secret in its grace.</summary>
/// <param name="Until">Exclusive.</param>
[GenerateSerializer, Immutable, Alias("bleepay.former-secret")]
public sealed record FormerSecret(
    [property: Id(0)] ImmutableArray<byte> Hash, [property: Id(1)] DateTimeOffset Until);

/// <summary>A widget at one of its versions.</summary>
/// <param name="Widget">Null when there is no such widget.</param>
/// <param name="Version">The number of times that it was stored; 0 for an id that never was a widget.</param>
[GenerateSerializer, Immutable, Alias("bleepay.widget-version")]
public sealed record WidgetVersion([property: Id(0)] Widget? Widget, [property: Id(1)] int Version);
