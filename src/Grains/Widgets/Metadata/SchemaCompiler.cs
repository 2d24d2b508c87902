using System.Diagnostics.CodeAnalysis;

namespace Bleepay.Grains.Widgets.Metadata;

/// <summary>
/// Turns a schema into rules. The first thing that is wrong is kept as the problem; what is compiled after it
/// is thrown away, which keeps the reading of each keyword free of the handling of failures.
/// </summary>
internal sealed class SchemaCompiler
{
    private const int LongestQuotedKeyword = 64;
    private const string SchemaForms = "an object, true or false";

    private readonly Dictionary<string, Schema> schemas = new(StringComparer.Ordinal);
    private readonly List<ReferenceRule> references = [];
    private int count;
    private int patternSize;
    private string? problem;

    private SchemaCompiler()
    {
    }

    public static bool TryCompile(
        Datum source,
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
        var name = keyword.Length > LongestQuotedKeyword ? $"{keyword[..LongestQuotedKeyword]}…" : keyword;
        var place = location.IsRoot ? "" : $" at '{location}'";
        problem ??= $"has the keyword '{name}'{place}, which {reason}";
    }

    /// <summary>Compiles the schema that a keyword holds at one of the steps below it.</summary>
    public Schema Compile(SchemaLocation parent, string keyword, Datum source, string? step = null)
    {
        const int MaximumDepth = MetadataSchema.MaximumDepth;
        const int MaximumCount = MetadataSchema.MaximumSubschemas;
        var location = step is null ? parent.Subschema(keyword) : parent.Subschema(keyword, step);
        if (location.Depth > MaximumDepth)
            Refuse(parent, keyword, $"nests schemas more than {MaximumDepth} deep; flatten it");
        else if (count >= MaximumCount)
            Refuse(parent, keyword, $"goes beyond the {MaximumCount} schemas that are allowed in all");
        else if (source is not (Datum.Map or Datum.Truth))
            Refuse(parent, keyword, $"must {(step is null ? "be a schema" : "hold schemas")}: {SchemaForms}");
        else
            return CompileAt(location, source);

        return new Schema([]);
    }

    /// <summary>
    /// Counts a pattern in, since what bounds the time to match is the size of all of them together.
    /// </summary>
    public void Admit(SchemaLocation location, string keyword, EcmaPattern pattern)
    {
        const int Limit = MetadataSchema.MaximumPatternSize;
        patternSize += pattern.Size;
        if (patternSize > Limit)
            Refuse(location, keyword, $"brings all patterns to more than {Limit} characters; shorten it");
    }

    public void Remember(ReferenceRule reference) => references.Add(reference);

    private Schema CompileAt(SchemaLocation location, Datum source)
    {
        count++;
        var schema = source switch
        {
            Datum.Map map => new Schema(ReadRules(new SchemaNode(this, location, map))),
            Datum.Truth { Value: false } => new Schema([new RefusalRule()]),
            _ => new Schema([]),
        };
        schemas[location.Pointer] = schema;
        return schema;
    }

    private List<Rule> ReadRules(SchemaNode node)
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
            else if (reference.Location.Depth + length > MetadataSchema.MaximumDepth)
                Refuse(
                    reference,
                    $"continues a chain of more than {MetadataSchema.MaximumDepth} schemas; shorten it");
        }
    }

    private void Refuse(ReferenceRule reference, string reason) =>
        Refuse(reference.Location, ReferenceKeywords.Reference, reason);
}
