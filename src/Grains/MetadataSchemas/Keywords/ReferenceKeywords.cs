namespace Bleepay.Grains.MetadataSchemas.Keywords;

/// <summary>
/// Definitions, and references to schemas inside the same schema: Core §8.2.3.1 and §8.2.4.
/// </summary>
internal static class ReferenceKeywords
{
    public const string Reference = "$ref";

    public static KeywordGroup Group { get; } = new(["$defs", Reference], Read);

    private static IEnumerable<Keyword> Read(SchemaNode node)
    {
        // Compiling a definition makes it a target of references; it applies to nothing without a reference.
        _ = node.NamedSubschemas("$defs");

        if (node.String(Reference) is not { } reference)
            yield break;

        if (reference != "#" && !reference.StartsWith("#/", StringComparison.Ordinal))
        {
            node.Refuse(Reference, "must point inside this schema, as '#' or '#/$defs/name' does");
            yield break;
        }

        // The pointer is a URI fragment (RFC 6901 §6), in which any character may be percent-encoded.
        var keyword = new ReferenceKeyword(node.Location, Uri.UnescapeDataString(reference));
        node.AddReference(keyword);
        yield return keyword;
    }
}

internal sealed class ReferenceKeyword(SchemaLocation location, string pointer) : Keyword
{
    private Schema? target;

    public SchemaLocation Location => location;

    public string Pointer => pointer;

    /// <summary>Set once, before compilation ends.</summary>
    public Schema Target
    {
        get => target ?? throw new InvalidOperationException($"The reference to {pointer} is not resolved.");
        set => target = value;
    }

    public override IEnumerable<Schema> AppliedInPlace => [Target];

    public override void Evaluate(Instance instance, Evaluation evaluation) =>
        evaluation.EvaluateReference(Target, instance);
}
