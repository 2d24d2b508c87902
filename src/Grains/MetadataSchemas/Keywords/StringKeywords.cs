using Bleepay.Grains.MetadataSchemas.Patterns;
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
            yield return new PatternKeyword(pattern);
    }

    /// <summary>
    /// Validation §6.3.1 counts characters as RFC 8259 defines them: Unicode code points.
    /// </summary>
    private static int Length(JsonValue.String value) => value.Value.EnumerateRunes().Count();
}

internal sealed class PatternKeyword(EcmaPattern pattern) : Keyword
{
    private readonly string message = $"must match the pattern {pattern}";

    public override void Evaluate(Instance instance, Evaluation evaluation)
    {
        if (instance.Value is JsonValue.String value && !evaluation.Matches(pattern, value.Value))
            evaluation.Report(instance.Path, message);
    }
}
