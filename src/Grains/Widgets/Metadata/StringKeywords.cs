namespace Bleepay.Grains.Widgets.Metadata;

/// <summary>The assertions about strings: Validation §6.3.</summary>
internal static class StringKeywords
{
    public static KeywordGroup Group { get; } = new(["minLength", "maxLength", "pattern"], Read);

    private static IEnumerable<Rule> Read(SchemaNode node)
    {
        if (node.Count("minLength") is { } minimum)
        {
            var message = $"must be at least {Counted.Of(minimum, "character")} long";
            yield return new Assertion<Datum.Text>(text => Length(text) >= minimum ? null : message);
        }

        if (node.Count("maxLength") is { } maximum)
        {
            var message = $"must be at most {Counted.Of(maximum, "character")} long";
            yield return new Assertion<Datum.Text>(text => Length(text) <= maximum ? null : message);
        }

        if (node.Pattern("pattern") is { } pattern)
        {
            var message = $"must match the pattern {pattern}";
            yield return new Assertion<Datum.Text>(text => pattern.Matches(text.Value) ? null : message);
        }
    }

    /// <summary>
    /// Validation §6.3.1 counts characters as RFC 8259 does, in Unicode code points: an emoji that UTF-16
    /// writes in two units is one.
    /// </summary>
    private static int Length(Datum.Text text) => text.Value.EnumerateRunes().Count();
}
