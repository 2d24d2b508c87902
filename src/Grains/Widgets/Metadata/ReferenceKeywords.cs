namespace Bleepay.Grains.Widgets.Metadata;

/// <summary>
/// Definitions, and references to schemas inside the same schema: Core §8.2.3.1 and §8.2.4.
/// </summary>
internal static class ReferenceKeywords
{
    public const string Reference = "$ref";

    public static KeywordGroup Group { get; } = new(["$defs", Reference], Read);

    private static IEnumerable<Rule> Read(SchemaNode node)
    {
        // Compiling the definitions is what makes them known to references; by themselves they demand
        // nothing.
        _ = node.NamedSubschemas("$defs");

        if (node.Text(Reference) is not { } reference)
            yield break;

        if (reference != "#" && !reference.StartsWith("#/", StringComparison.Ordinal))
        {
            node.Refuse(Reference, "must point inside this schema, as '#' or '#/$defs/name' does");
            yield break;
        }

        // The pointer is a URI fragment (RFC 6901 §6), in which any character may be percent-encoded.
        var rule = new ReferenceRule(node.Location, Uri.UnescapeDataString(reference));
        node.Remember(rule);
        yield return rule;
    }
}

internal sealed class ReferenceRule(SchemaLocation location, string pointer) : Rule
{
    private Schema? target;

    public SchemaLocation Location => location;

    public string Pointer => pointer;

    /// <summary>Set once, before the schema that holds this rule is handed out.</summary>
    public Schema Target
    {
        get => target ?? throw new InvalidOperationException($"The reference to {pointer} is not resolved.");
        set => target = value;
    }

    public override IEnumerable<Schema> AppliedInPlace => [Target];

    public override void Check(Instance instance, Evaluation evaluation) =>
        evaluation.Follow(Target, instance);
}
