using Bleepay.Grains.MetadataSchemas.Values;

namespace Bleepay.Grains.MetadataSchemas.Keywords;

/// <summary>The assertions about strings: Validation §6.3.</summary>
internal static class StringKeywords
{
    public static KeywordGroup Group { get; } = new(["minLength", "maxLength", "pattern"], Read);

    private static IEnumerable<Keyword> Read(SchemaNode node)
    {
        if (node.Count("minLength") is { } minimum)
        {
            var message = $"must be at least {Counted.Of(minimum, "character")} long";
            yield return new Assertion<JsonValue.String>(value => Length(value) >= minimum ? null : message);
        }

        if (node.Count("maxLength") is { } maximum)
        {
            var message = $"must be at most {Counted.Of(maximum, "character")} long";
            yield return new Assertion<JsonValue.String>(value => Length(value) <= maximum ? null : message);
        }

        if (node.Pattern("pattern") is { } pattern)
        {
            var message = $"must match the pattern {pattern}";
            yield return new Assertion<JsonValue.String>(value => pattern.Matches(value.Value) ? null : message);
        }
    }

    /// <summary>
    /// Validation §6.3.1 counts characters as RFC 8259 defines them: Unicode code points.
    /// </summary>
    private static int Length(JsonValue.String value) => value.Value.EnumerateRunes().Count();
}
