using Bleepay.Grains.MetadataSchemas.Values;

namespace Bleepay.Grains.MetadataSchemas.Keywords;

/// <summary>The assertions about numbers: Validation §6.2.</summary>
internal static class NumberKeywords
{
    public static KeywordGroup Group { get; } =
        new(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"], Read);

    private static IEnumerable<Keyword> Read(SchemaNode node)
    {
        if (node.Number("minimum") is { } minimum)
            yield return Compare(minimum, "at least", order => order >= 0);
        if (node.Number("maximum") is { } maximum)
            yield return Compare(maximum, "at most", order => order <= 0);
        if (node.Number("exclusiveMinimum") is { } above)
            yield return Compare(above, "greater than", order => order > 0);
        if (node.Number("exclusiveMaximum") is { } below)
            yield return Compare(below, "less than", order => order < 0);

        if (node.Number("multipleOf") is { } divisor)
        {
            if (divisor.IsZero || divisor.IsNegative)
                node.Refuse("multipleOf", "must be a number greater than 0");
            else
                yield return new Assertion<JsonValue.Number>(number =>
                    number.Value.IsMultipleOf(divisor) ? null : $"must be a multiple of {divisor}");
        }
    }

    private static Assertion<JsonValue.Number> Compare(
        JsonNumber bound,
        string relation,
        Func<int, bool> accepts) =>
        new(number => accepts(number.Value.CompareTo(bound)) ? null : $"must be {relation} {bound}");
}
