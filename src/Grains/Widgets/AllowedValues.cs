using System.Collections.Frozen;
using System.Collections.Immutable;
using Bleepay.Grains.Fields;

namespace Bleepay.Grains.Widgets;

/// <summary>One of a widget's lists, ready for look-ups. An empty list allows everything.</summary>
internal sealed class AllowedValues(ImmutableArray<string> values)
{
    private const int NamedInMessageMax = 10;

    private readonly FrozenSet<string> normal =
        values.Select(FieldRules.NormalAddress).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Null when the value is allowed, else which ones are.</summary>
    public string? Problem(string value)
    {
        if (normal.Count == 0 || normal.Contains(FieldRules.NormalAddress(value))) return null;

        var named = string.Join(", ", values.Take(NamedInMessageMax));
        var more = values.Length > NamedInMessageMax ? ", …" : "";
        return $"'{value}' is not one of: {named}{more}";
    }
}
