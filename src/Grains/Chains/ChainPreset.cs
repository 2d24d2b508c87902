using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;

namespace Bleepay.Grains.Chains;

/// <summary>What is known of a public network, so that an operator sets a URL only: <c>presets.json</c>.</summary>
/// <param name="Network">As sessions name it.</param>
/// <param name="Name">As people name it.</param>
/// <param name="ExplorerUrl">Of the usual block explorer, without a slash at its end; null where there is none.</param>
internal sealed record ChainPreset(
    string Network,
    string Name,
    long ChainId,
    string? ExplorerUrl,
    PresetCoin Native,
    ImmutableArray<PresetToken> Tokens)
{
    private const string Resource = "Bleepay.Grains.Chains.presets.json";

    public static ImmutableArray<ChainPreset> All { get; } = Load();

    private static readonly FrozenDictionary<string, ChainPreset> ByNetwork =
        All.ToFrozenDictionary(preset => preset.Network, StringComparer.OrdinalIgnoreCase);

    /// <summary>The preset of a network, whose name settings may spell in any case.</summary>
    public static ChainPreset? Find(string network) => ByNetwork.GetValueOrDefault(network);

    private static ImmutableArray<ChainPreset> Load()
    {
        using var resource = typeof(ChainPreset).Assembly.GetManifestResourceStream(Resource)!;
        return JsonSerializer.Deserialize<ImmutableArray<ChainPreset>>(resource, JsonSerializerOptions.Web);
    }
}

/// <summary>A network's own coin.</summary>
internal sealed record PresetCoin(string Symbol, int Decimals);

/// <summary>A token of a network.</summary>
/// <param name="Source">Where its issuer, or the bridge that issues it, publishes the address.</param>
internal sealed record PresetToken(string Symbol, int Decimals, string Address, string Source);
