namespace Bleepay.Grains.Widgets.Metadata;

/// <summary>
/// Keywords that are accepted and have no effect: Core §8.1.1 and §8.3, Validation §7 and §9.
/// </summary>
internal static class AnnotationKeywords
{
    private const string Dialect = "https://json-schema.org/draft/2020-12/schema";
    private const string DialectKeyword = "$schema";

    private static readonly string[] Texts = ["$comment", "title", "description", "format"];

    public static KeywordGroup Group { get; } = new([DialectKeyword, .. Texts, "default"], Read);

    private static IEnumerable<Rule> Read(SchemaNode node)
    {
        foreach (var keyword in Texts)
            _ = node.Text(keyword);

        if (node.Text(DialectKeyword) is { } dialect && (dialect != Dialect || !node.Location.IsRoot))
            node.Refuse(DialectKeyword, $"may stand only at the top, and only as '{Dialect}'");

        return [];
    }
}
