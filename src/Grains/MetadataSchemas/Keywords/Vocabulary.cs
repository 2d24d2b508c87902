namespace Bleepay.Grains.MetadataSchemas.Keywords;

/// <summary>Names of keywords, and the function that compiles those of a schema.</summary>
internal sealed record KeywordGroup(IReadOnlyList<string> Keywords, Func<SchemaNode, IEnumerable<Keyword>> Read);

/// <summary>Every keyword that a schema may use.</summary>
internal static class Vocabulary
{
    public static IReadOnlyList<KeywordGroup> Groups { get; } =
    [
        ValueKeywords.Group,
        StringKeywords.Group,
        NumberKeywords.Group,
        ArrayKeywords.Group,
        ObjectKeywords.Group,
        CombiningKeywords.Group,
        ReferenceKeywords.Group,
        AnnotationKeywords.Group,
    ];

    public static IReadOnlySet<string> Keywords { get; } =
        Groups.SelectMany(group => group.Keywords).ToHashSet(StringComparer.Ordinal);

    public static string Listing { get; } = string.Join(", ", Groups.SelectMany(group => group.Keywords));
}
