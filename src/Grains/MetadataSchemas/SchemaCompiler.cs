using System.Diagnostics.CodeAnalysis;
using Bleepay.Grains.MetadataSchemas.Keywords;
using Bleepay.Grains.MetadataSchemas.Patterns;
using Bleepay.Grains.MetadataSchemas.Values;

namespace Bleepay.Grains.MetadataSchemas;

/// <summary>
/// Compiles a schema to keywords. The first problem is kept and compilation continues, so that the code that
/// reads a keyword needs no error handling; the result is then discarded.
/// </summary>
internal sealed class SchemaCompiler
{
    private const int QuotedKeywordLengthMax = 64;
    private const string SchemaForms = "an object, true or false";

    private readonly Dictionary<string, Schema> schemas = new(StringComparer.Ordinal);
    private readonly List<ReferenceKeyword> references = [];
    private int count;
    private int patternPositions;
    private string? problem;

    private SchemaCompiler()
    {
    }

    public static bool TryCompile(
        JsonValue source,
        [NotNullWhen(true)] out Schema? schema,
        [NotNullWhen(false)] out string? problem)
    {
        var compiler = new SchemaCompiler();
        var compiled = compiler.CompileAt(SchemaLocation.Root, source);
        compiler.ResolveReferences();

        problem = compiler.problem;
        schema = problem is null ? compiled : null;
        return schema is not null;
    }

    public void Refuse(SchemaLocation location, string keyword, string reason)
    {
        var name = keyword.Length > QuotedKeywordLengthMax ? $"{keyword[..QuotedKeywordLengthMax]}…" : keyword;
        var position = location.IsRoot ? "" : $" at '{location}'";
        problem ??= $"has the keyword '{name}'{position}, which {reason}";
    }

    /// <summary>Compiles the subschema at a keyword, or at a step below it.</summary>
    public Schema Compile(SchemaLocation parent, string keyword, JsonValue source, string? step = null)
    {
        const int DepthMax = MetadataSchema.DepthMax;
        const int CountMax = MetadataSchema.SubschemasMax;
        var location = step is null ? parent.Subschema(keyword) : parent.Subschema(keyword, step);
        if (location.Depth > DepthMax)
            Refuse(parent, keyword, $"nests schemas more than {DepthMax} deep; flatten it");
        else if (count >= CountMax)
            Refuse(parent, keyword, $"exceeds the {CountMax} schemas that are allowed in total");
        else if (source is not (JsonValue.Object or JsonValue.Boolean))
            Refuse(parent, keyword, $"must {(step is null ? "be a schema" : "hold schemas")}: {SchemaForms}");
        else
            return CompileAt(location, source);

        return new Schema([]);
    }

    /// <summary>
    /// Adds up the positions of all patterns, because together they bound the time to match.
    /// </summary>
    public void AddPattern(SchemaLocation location, string keyword, EcmaPattern pattern)
    {
        const int PositionsMax = MetadataSchema.PatternPositionsMax;
        patternPositions += pattern.Positions;
        if (patternPositions > PositionsMax)
            Refuse(location, keyword, $"brings all patterns to more than {PositionsMax} characters; shorten it");
    }

    public void AddReference(ReferenceKeyword reference) => references.Add(reference);

    private Schema CompileAt(SchemaLocation location, JsonValue source)
    {
        count++;
        var schema = source switch
        {
            JsonValue.Object map => new Schema(ReadKeywords(new SchemaNode(this, location, map))),
            JsonValue.Boolean { Value: false } => new Schema([new FalseKeyword()]),
            _ => new Schema([]),
        };
        schemas[location.Pointer] = schema;
        return schema;
    }

    private List<Keyword> ReadKeywords(SchemaNode node)
    {
        foreach (var keyword in node.Keywords.Where(keyword => !Vocabulary.Keywords.Contains(keyword)))
            node.Refuse(keyword, $"is not supported; supported: {Vocabulary.Listing}");

        return problem is null ? [.. Vocabulary.Groups.SelectMany(group => group.Read(node))] : [];
    }

    /// <summary>
    /// A reference may point forward, so targets are looked up once every schema has been compiled.
    /// </summary>
    private void ResolveReferences()
    {
        if (problem is not null)
            return;

        foreach (var reference in references)
        {
            if (schemas.TryGetValue(reference.Pointer, out var target))
                reference.Target = target;
            else
                Refuse(reference, "points at no schema inside this one");
        }

        if (problem is null)
            RefuseEndlessReferences();
    }

    private void RefuseEndlessReferences()
    {
        var chains = new InPlaceChains();
        foreach (var reference in references)
        {
            if (!chains.TryMeasure(reference.Target, out var length))
                Refuse(
                    reference,
                    "leads round in a circle without entering a member or an item, and so would never end");
            else if (reference.Location.Depth + length > MetadataSchema.DepthMax)
                Refuse(
                    reference,
                    $"continues a chain of more than {MetadataSchema.DepthMax} schemas; shorten it");
        }
    }

    private void Refuse(ReferenceKeyword reference, string reason) =>
        Refuse(reference.Location, ReferenceKeywords.Reference, reason);
}
