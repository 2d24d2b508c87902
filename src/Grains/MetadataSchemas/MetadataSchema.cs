using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Bleepay.Grains.MetadataSchemas.Patterns;
using Bleepay.Grains.MetadataSchemas.Values;

namespace Bleepay.Grains.MetadataSchemas;

/// <summary>
/// The schema that a widget sets for the metadata of its sessions: a subset of JSON Schema draft 2020-12,
/// evaluated exactly. A schema outside the subset is refused when it is compiled, so none is evaluated in part.
/// Immutable, thread-safe, and independent of the document it was compiled from.
/// </summary>
public sealed class MetadataSchema
{
    /// <summary>Maximum depth of nested subschemas, and maximum length of a chain of references.</summary>
    public const int DepthMax = 32;

    /// <summary>Maximum number of schemas in a schema, itself included.</summary>
    public const int SubschemasMax = 256;

    /// <summary>Maximum number of positions of all patterns together (<see cref="EcmaPattern.Positions"/>).</summary>
    public const int PatternPositionsMax = 512;

    /// <summary>
    /// Maximum number of violations that one validation reports.
    /// </summary>
    public const int ViolationsMax = 20;

    /// <summary>
    /// Maximum number of steps of all patterns in one validation (<see cref="PatternBudget"/>). Four patterns of
    /// the maximum size take at most 1.1 million on a text of 2,048 characters. Only a schema that applies its
    /// patterns to the same text over and over, through references to overlapping subschemas, takes more.
    /// </summary>
    public const int PatternStepsMax = 4_000_000;

    /// <summary>
    /// Maximum depth of the validated value, twice what a session accepts. Together with
    /// <see cref="DepthMax"/> it bounds the stack that an evaluation needs.
    /// </summary>
    public const int InstanceDepthMax = 32;

    /// <summary>
    /// A subschema lies up to three levels of JSON below its parent (an object, a keyword's array or object,
    /// and the subschema), and values such as those of <c>enum</c> lie below the deepest one.
    /// </summary>
    private const int SchemaNestingMax = (2 * DepthMax) + InstanceDepthMax;

    private readonly Schema root;

    private MetadataSchema(Schema root) => this.root = root;

    /// <summary>Compiles a schema. The caller has already refused members that repeat a name.</summary>
    /// <param name="problem">
    /// When it is refused, why: a predicate of the schema that names the keyword, the location as a JSON
    /// pointer, and what to do about it.
    /// </param>
    public static bool TryCompile(
        JsonElement schema,
        [NotNullWhen(true)] out MetadataSchema? compiled,
        [NotNullWhen(false)] out string? problem)
    {
        if (schema.ValueKind == JsonValueKind.Object)
            return TryCompileAny(schema, out compiled, out problem);

        compiled = null;
        problem = "must be a JSON object; true and false are accepted only inside it, as subschemas";
        return false;
    }

    /// <summary>Validates a value and returns the violations: none when it is valid.</summary>
    public IReadOnlyList<SchemaViolation> Validate(JsonElement instance) =>
        Validate(instance, new PatternBudget(PatternStepsMax));

    /// <summary>Validates within a given budget, whose steps can be read afterwards.</summary>
    internal IReadOnlyList<SchemaViolation> Validate(JsonElement instance, PatternBudget budget)
    {
        var reader = new JsonValueReader(InstanceDepthMax);
        return reader.TryRead(instance, out var value)
            ? Evaluation.Collect(root, value, ViolationsMax, budget)
            : [reader.Problem!];
    }

    /// <summary>
    /// As <see cref="TryCompile"/>, and accepts the boolean schemas that draft 2020-12 also allows.
    /// </summary>
    internal static bool TryCompileAny(
        JsonElement schema,
        [NotNullWhen(true)] out MetadataSchema? compiled,
        [NotNullWhen(false)] out string? problem)
    {
        compiled = null;
        var reader = new JsonValueReader(SchemaNestingMax);
        if (!reader.TryRead(schema, out var source))
        {
            problem = $"cannot be read at '{reader.Problem!.Path}', which {reader.Problem.Message}";
            return false;
        }

        if (!SchemaCompiler.TryCompile(source, out var root, out problem))
            return false;

        compiled = new MetadataSchema(root);
        return true;
    }
}
