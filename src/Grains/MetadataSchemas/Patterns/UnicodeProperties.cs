using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Bleepay.Grains.MetadataSchemas.Patterns;

/// <summary>
/// The property escapes <c>\p{…}</c> of ECMA-262 §22.2.1 that can be answered: general categories, by the
/// names that PropertyValueAliases.txt gives them, and Any, ASCII and Assigned. .NET has no table of scripts.
/// </summary>
internal static class UnicodeProperties
{
    private static readonly Dictionary<string, string> LongNames = new(StringComparer.Ordinal)
    {
        ["Letter"] = "L",
        ["Cased_Letter"] = "LC",
        ["Uppercase_Letter"] = "Lu",
        ["Lowercase_Letter"] = "Ll",
        ["Titlecase_Letter"] = "Lt",
        ["Modifier_Letter"] = "Lm",
        ["Other_Letter"] = "Lo",
        ["Mark"] = "M",
        ["Combining_Mark"] = "M",
        ["Nonspacing_Mark"] = "Mn",
        ["Spacing_Mark"] = "Mc",
        ["Enclosing_Mark"] = "Me",
        ["Number"] = "N",
        ["Decimal_Number"] = "Nd",
        ["digit"] = "Nd",
        ["Letter_Number"] = "Nl",
        ["Other_Number"] = "No",
        ["Separator"] = "Z",
        ["Space_Separator"] = "Zs",
        ["Line_Separator"] = "Zl",
        ["Paragraph_Separator"] = "Zp",
        ["Other"] = "C",
        ["Control"] = "Cc",
        ["cntrl"] = "Cc",
        ["Format"] = "Cf",
        ["Surrogate"] = "Cs",
        ["Private_Use"] = "Co",
        ["Unassigned"] = "Cn",
        ["Punctuation"] = "P",
        ["punct"] = "P",
        ["Connector_Punctuation"] = "Pc",
        ["Dash_Punctuation"] = "Pd",
        ["Open_Punctuation"] = "Ps",
        ["Close_Punctuation"] = "Pe",
        ["Initial_Punctuation"] = "Pi",
        ["Final_Punctuation"] = "Pf",
        ["Other_Punctuation"] = "Po",
        ["Symbol"] = "S",
        ["Math_Symbol"] = "Sm",
        ["Currency_Symbol"] = "Sc",
        ["Modifier_Symbol"] = "Sk",
        ["Other_Symbol"] = "So",
    };

    /// <summary>Short names in the order of <see cref="UnicodeCategory"/>.</summary>
    private static readonly string[] ShortNames =
    [
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc",
        "Cf", "Cs", "Co", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Cn",
    ];

    private static readonly Lazy<Dictionary<string, CodePointSet>> Categories = new(ReadCategories);

    /// <summary>Looks up what stands between the braces of <c>\p{…}</c>.</summary>
    public static bool TryFind(string expression, [NotNullWhen(true)] out CodePointSet? set)
    {
        var equals = expression.IndexOf('=', StringComparison.Ordinal);
        if (equals >= 0 && expression[..equals] is not ("gc" or "General_Category"))
        {
            set = null;
            return false;
        }

        var name = expression[(equals + 1)..];
        set = equals >= 0 ? null : WithoutCategory(name);
        var shortName = LongNames.GetValueOrDefault(name, name);
        return set is not null || Categories.Value.TryGetValue(shortName, out set);
    }

    /// <summary>The space separators, which ECMA-262 §12.2 counts among white space.</summary>
    public static CodePointSet SpaceSeparators => Categories.Value["Zs"];

    private static CodePointSet? WithoutCategory(string name) => name switch
    {
        "Any" => CodePointSet.All,
        "ASCII" => CodePointSet.Of(new CodePointRange(0, 0x7F)),
        "Assigned" => Categories.Value["Cn"].Complement(),
        _ => null,
    };

    private static Dictionary<string, CodePointSet> ReadCategories()
    {
        var ranges = ShortNames.ToDictionary(name => name, _ => new List<CodePointRange>());
        for (var first = 0; first <= CodePointSet.CodePointMax;)
        {
            var category = CharUnicodeInfo.GetUnicodeCategory(first);
            var end = first + 1;
            while (end <= CodePointSet.CodePointMax && CharUnicodeInfo.GetUnicodeCategory(end) == category)
                end++;
            ranges[ShortNames[(int)category]].Add(new(first, end - 1));
            first = end;
        }

        var categories = ranges.ToDictionary(pair => pair.Key, pair => CodePointSet.Of(pair.Value));
        foreach (var group in ShortNames.GroupBy(name => name[..1]).ToList())
            categories[group.Key] = CodePointSet.Of(group.SelectMany(name => categories[name].Ranges));
        categories["LC"] = categories["Lu"].Or(categories["Ll"]).Or(categories["Lt"]);
        return categories;
    }
}
