namespace Bleepay.Grains.Widgets.Metadata;

/// <summary>The assertions about a value of any type: Validation §6.1.</summary>
internal static class ValueKeywords
{
    private const int LongestListing = 200;

    private static readonly Dictionary<string, (string Noun, Func<Datum, bool> Includes)> Types = new()
    {
        ["null"] = ("null", value => value is Datum.Null),
        ["boolean"] = ("true or false", value => value is Datum.Truth),
        ["object"] = ("an object", value => value is Datum.Map),
        ["array"] = ("an array", value => value is Datum.List),
        ["number"] = ("a number", value => value is Datum.Number),
        ["string"] = ("a string", value => value is Datum.Text),
        ["integer"] = ("an integer", value => value is Datum.Number { Value.IsInteger: true }),
    };

    public static KeywordGroup Group { get; } = new(["type", "enum", "const"], Read);

    private static IEnumerable<Rule> Read(SchemaNode node)
    {
        if (TypeNames(node) is { } names)
        {
            var types = names.Select(name => Types[name]).ToList();
            var message = $"must be {string.Join(" or ", types.Select(type => type.Noun))}";
            yield return new Assertion<Datum>(value =>
                types.Any(type => type.Includes(value)) ? null : message);
        }

        // Validation §6.1.2 lets the array be empty; no value satisfies it then.
        if (node.List("enum") is { } choices)
        {
            var accepted = choices.ToHashSet();
            var listing = string.Join(", ", choices);
            var message = listing.Length <= LongestListing
                ? $"must be one of: {listing}"
                : $"must be one of the {choices.Count} values that the schema lists";
            yield return new Assertion<Datum>(value => accepted.Contains(value) ? null : message);
        }

        if (node.Value("const") is { } constant)
        {
            var text = constant.ToString();
            var message = text.Length <= LongestListing
                ? $"must be {text}"
                : "must be the one value that the schema gives";
            yield return new Assertion<Datum>(value => constant.Equals(value) ? null : message);
        }
    }

    private static IReadOnlyList<string>? TypeNames(SchemaNode node)
    {
        const string Keyword = "type";
        var names = node.Value(Keyword) is Datum.Text { Value: var name }
            ? [name]
            : node.UniqueTexts(Keyword);
        if (names is null || (names.Count > 0 && names.All(Types.ContainsKey)))
            return names;

        node.Refuse(Keyword, $"must be one or more of: {string.Join(", ", Types.Keys)}");
        return null;
    }
}
