using Bleepay.Grains.MetadataSchemas.Values;

namespace Bleepay.Grains.MetadataSchemas.Keywords;

/// <summary>The assertions about a value of any type: Validation §6.1.</summary>
internal static class ValueKeywords
{
    private const int ListingLengthMax = 200;

    private static readonly Dictionary<string, (string Noun, Func<JsonValue, bool> Includes)> Types = new()
    {
        ["null"] = ("null", value => value is JsonValue.Null),
        ["boolean"] = ("true or false", value => value is JsonValue.Boolean),
        ["object"] = ("an object", value => value is JsonValue.Object),
        ["array"] = ("an array", value => value is JsonValue.Array),
        ["number"] = ("a number", value => value is JsonValue.Number),
        ["string"] = ("a string", value => value is JsonValue.String),
        ["integer"] = ("an integer", value => value is JsonValue.Number { Value.IsInteger: true }),
    };

    public static KeywordGroup Group { get; } = new(["type", "enum", "const"], Read);

    private static IEnumerable<Keyword> Read(SchemaNode node)
    {
        if (TypeNames(node) is { } names)
        {
            var types = names.Select(name => Types[name]).ToList();
            var message = $"must be {string.Join(" or ", types.Select(type => type.Noun))}";
            yield return new Assertion<JsonValue>(value =>
                types.Any(type => type.Includes(value)) ? null : message);
        }

        // Validation §6.1.2: the array may be empty, and then no value is valid.
        if (node.Array("enum") is { } choices)
        {
            var accepted = choices.ToHashSet();
            var listing = string.Join(", ", choices);
            var message = listing.Length <= ListingLengthMax
                ? $"must be one of: {listing}"
                : $"must be one of the {choices.Count} values that the schema lists";
            yield return new Assertion<JsonValue>(value => accepted.Contains(value) ? null : message);
        }

        if (node.Value("const") is { } constant)
        {
            var text = constant.ToString();
            var message = text.Length <= ListingLengthMax
                ? $"must be {text}"
                : "must be the one value that the schema gives";
            yield return new Assertion<JsonValue>(value => constant.Equals(value) ? null : message);
        }
    }

    private static IReadOnlyList<string>? TypeNames(SchemaNode node)
    {
        const string Keyword = "type";
        var names = node.Value(Keyword) is JsonValue.String { Value: var name }
            ? [name]
            : node.UniqueStrings(Keyword);
        if (names is null || (names.Count > 0 && names.All(Types.ContainsKey)))
            return names;

        node.Refuse(Keyword, $"must be one or more of: {string.Join(", ", Types.Keys)}");
        return null;
    }
}
