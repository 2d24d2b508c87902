using System.Globalization;
using Bleepay.Grains.MetadataSchemas.Keywords;
using Bleepay.Grains.MetadataSchemas.Patterns;
using Bleepay.Grains.MetadataSchemas.Values;

namespace Bleepay.Grains.MetadataSchemas;

/// <summary>
/// A schema object while it is compiled. Each method returns the value of a keyword. It returns null when the
/// keyword is absent, and when the value is wrong: then it has refused the schema.
/// </summary>
internal sealed class SchemaNode(SchemaCompiler compiler, SchemaLocation location, JsonValue.Object schema)
{
    public SchemaLocation Location => location;

    public IEnumerable<string> Keywords => schema.Members.Keys;

    public void Refuse(string keyword, string reason) => compiler.Refuse(location, keyword, reason);

    public void AddReference(ReferenceKeyword reference) => compiler.AddReference(reference);

    public JsonValue? Value(string keyword) => schema.Members.GetValueOrDefault(keyword);

    public string? String(string keyword) =>
        Read(keyword, "must be a string", value => (value as JsonValue.String)?.Value);

    public JsonNumber? Number(string keyword) =>
        Read(keyword, "must be a number", value => (value as JsonValue.Number)?.Value);

    public IReadOnlyList<JsonValue>? Array(string keyword) =>
        Read(keyword, "must be an array", value => (value as JsonValue.Array)?.Items);

    /// <summary>A non-negative integer (Validation §6.3.1 and others); 2.0 is one.</summary>
    public int? Count(string keyword)
    {
        var count = (Value(keyword) as JsonValue.Number)?.Value.ToCount();
        if (count is null && Value(keyword) is not null)
            Refuse(keyword, "must be a non-negative integer");
        return count;
    }

    public bool? Boolean(string keyword)
    {
        var boolean = (Value(keyword) as JsonValue.Boolean)?.Value;
        if (boolean is null && Value(keyword) is not null)
            Refuse(keyword, "must be true or false");
        return boolean;
    }

    public EcmaPattern? Pattern(string keyword) =>
        String(keyword) is { } source ? Pattern(keyword, source) : null;

    public EcmaPattern? Pattern(string keyword, string source)
    {
        if (!EcmaPattern.TryCreate(source, out var pattern, out var problem))
            Refuse(keyword, $"holds a regular expression that {problem}");
        else
            compiler.AddPattern(location, keyword, pattern);
        return pattern;
    }

    public IReadOnlyList<string>? UniqueStrings(string keyword) =>
        Value(keyword) is { } value ? UniqueStrings(keyword, value) : null;

    /// <summary>Validation §6.5.3 and §6.5.4: unique strings.</summary>
    public IReadOnlyList<string>? UniqueStrings(string keyword, JsonValue value)
    {
        if (value is JsonValue.Array { Items: var items })
        {
            var strings = items.OfType<JsonValue.String>().Select(item => item.Value).ToList();
            if (strings.Count == items.Count && strings.Distinct(StringComparer.Ordinal).Count() == strings.Count)
                return strings;
        }

        Refuse(keyword, "must list strings, none of them twice");
        return null;
    }

    public IReadOnlyDictionary<string, JsonValue>? Object(string keyword) =>
        Read(keyword, "must be an object", value => (value as JsonValue.Object)?.Members);

    public Schema? Subschema(string keyword) =>
        Value(keyword) is { } value ? compiler.Compile(location, keyword, value) : null;

    /// <summary>Core §10.2.1 and §10.3.1.1: an array of schemas that is not empty.</summary>
    public IReadOnlyList<Schema>? Subschemas(string keyword)
    {
        if (Array(keyword) is not { } values)
            return null;
        if (values.Count == 0)
            Refuse(keyword, "must list at least one schema");

        return
        [
            .. values.Select((value, index) =>
                compiler.Compile(location, keyword, value, index.ToString(CultureInfo.InvariantCulture))),
        ];
    }

    public IReadOnlyDictionary<string, Schema>? NamedSubschemas(string keyword) =>
        Object(keyword)?.ToDictionary(
            member => member.Key,
            member => compiler.Compile(location, keyword, member.Value, member.Key),
            StringComparer.Ordinal);

    private T? Read<T>(string keyword, string requirement, Func<JsonValue, T?> read)
        where T : class
    {
        if (Value(keyword) is not { } value)
            return null;

        var result = read(value);
        if (result is null)
            Refuse(keyword, requirement);
        return result;
    }
}
