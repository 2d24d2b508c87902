namespace Bleepay.Grains.MetadataSchemas.Keywords;

/// <summary>
/// Keywords that are accepted and have no effect: Core §8.1.1 and §8.3, Validation §7 and §9.
/// </summary>
internal static class AnnotationKeywords
{
    private const string Dialect = "https://json-schema.org/draft/2020-12/schema";
    private const string DialectKeyword = "$schema";

    private static readonly string[] Strings = ["$comment", "title", "description", "format"];

    public static KeywordGroup Group { get; } = new([DialectKeyword, .. Strings, "default"], Read);

    private static IEnumerable<Keyword> Read(SchemaNode node)
    {
        foreach (var keyword in Strings)
            _ = node.String(keyword);

        if (node.String(DialectKeyword) is { } dialect && (dialect != Dialect || !node.Location.IsRoot))
            node.Refuse(DialectKeyword, $"may stand only at the top, and only as '{Dialect}'");

        return [];
    }
}
