using Microsoft.Extensions.Configuration;

namespace Bleepay.Grains.Chains;

/// <summary>
/// Settings of the networks, section <c>Chains</c>: one entry a network, by its name, and <c>Default</c>, whose values
/// hold for every network that does not set its own.
/// </summary>
public sealed class ChainsOptions : Dictionary<string, ChainOptions>
{
    public const string Section = "Chains";
    public const string DefaultName = "Default";

    public ChainsOptions()
        : base(StringComparer.OrdinalIgnoreCase)
    {
    }

    /// <summary>The number of confirmations that make a payment on this network final.</summary>
    public int ConfirmationsFor(string network) =>
        (GetValueOrDefault(network) ?? GetValueOrDefault(DefaultName))?.Confirmations
        ?? ChainOptions.ConfirmationsDefault;

    /// <summary>Reads the section: each network's entry over the values of <c>Default</c>.</summary>
    public void Bind(IConfigurationSection section)
    {
        var common = section.GetSection(DefaultName);
        foreach (var entry in section.GetChildren())
        {
            var chain = new ChainOptions();
            common.Bind(chain);
            if (!entry.Key.Equals(DefaultName, StringComparison.OrdinalIgnoreCase)) entry.Bind(chain);
            this[entry.Key] = chain;
        }
    }

    private ChainOptions? GetValueOrDefault(string name) => TryGetValue(name, out var chain) ? chain : null;
}
