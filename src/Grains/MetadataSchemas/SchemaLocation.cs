namespace Bleepay.Grains.MetadataSchemas;

/// <summary>
/// A location in the schema, as the JSON pointer (RFC 6901) that a <c>$ref</c> to it would hold.
/// </summary>
/// <param name="Depth">The number of schemas from the root to this one, both included.</param>
internal sealed record SchemaLocation(string Pointer, int Depth)
{
    public static SchemaLocation Root { get; } = new("#", 1);

    public bool IsRoot => Depth == 1;

    public SchemaLocation Subschema(params ReadOnlySpan<string> steps)
    {
        var pointer = Pointer;
        foreach (var step in steps)
            pointer += $"/{Escape(step)}";
        return new SchemaLocation(pointer, Depth + 1);
    }

    public override string ToString() => Pointer;

    private static string Escape(string step) =>
        step.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
