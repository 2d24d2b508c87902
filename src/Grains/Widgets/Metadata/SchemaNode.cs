using System.Globalization;

namespace Bleepay.Grains.Widgets.Metadata;

/// <summary>
/// One schema object while it is compiled. Each reading method returns null both when the keyword is absent
/// and when its value is wrong; in the latter case the schema has been refused, and the rules no longer
/// matter.
/// </summary>
internal sealed class SchemaNode(SchemaCompiler compiler, SchemaLocation location, Datum.Map members)
{
    public SchemaLocation Location => location;

    public IEnumerable<string> Keywords => members.Members.Keys;

    public void Refuse(string keyword, string reason) => compiler.Refuse(location, keyword, reason);

    public void Remember(ReferenceRule reference) => compiler.Remember(reference);

    public Datum? Value(string keyword) => members.Members.GetValueOrDefault(keyword);

    public string? Text(string keyword) =>
        Read(keyword, "must be a string", value => (value as Datum.Text)?.Value);

    public JsonNumber? Number(string keyword) =>
        Read(keyword, "must be a number", value => (value as Datum.Number)?.Value);

    public IReadOnlyList<Datum>? List(string keyword) =>
        Read(keyword, "must be an array", value => (value as Datum.List)?.Items);

    /// <summary>Validation §6.3.1 and its like: a non-negative integer, which 2.0 is as well.</summary>
    public int? Count(string keyword)
    {
        var count = (Value(keyword) as Datum.Number)?.Value.ToCount();
        if (count is null && Value(keyword) is not null)
            Refuse(keyword, "must be a non-negative integer");
        return count;
    }

    public bool? Truth(string keyword)
    {
        var truth = (Value(keyword) as Datum.Truth)?.Value;
        if (truth is null && Value(keyword) is not null)
            Refuse(keyword, "must be true or false");
        return truth;
    }

    public EcmaPattern? Pattern(string keyword) =>
        Text(keyword) is { } source ? Pattern(keyword, source) : null;

    public EcmaPattern? Pattern(string keyword, string source)
    {
        if (!EcmaPattern.TryCreate(source, out var pattern, out var problem))
            Refuse(keyword, $"holds a regular expression that {problem}");
        else
            compiler.Admit(location, keyword, pattern);
        return pattern;
    }

    public IReadOnlyList<string>? UniqueTexts(string keyword) =>
        Value(keyword) is { } value ? UniqueTexts(keyword, value) : null;

    /// <summary>Validation §6.5.3 and §6.5.4: strings, none of them twice.</summary>
    public IReadOnlyList<string>? UniqueTexts(string keyword, Datum value)
    {
        var texts = (value as Datum.List)?.Items.OfType<Datum.Text>().Select(text => text.Value).ToList();
        if (texts is not null
            && texts.Count == ((Datum.List)value).Items.Count
            && texts.Distinct(StringComparer.Ordinal).Count() == texts.Count)
            return texts;

        Refuse(keyword, "must list strings, none of them twice");
        return null;
    }

    public IReadOnlyDictionary<string, Datum>? Map(string keyword) =>
        Read(keyword, "must be an object", value => (value as Datum.Map)?.Members);

    public Schema? Subschema(string keyword) =>
        Value(keyword) is { } value ? compiler.Compile(location, keyword, value) : null;

    /// <summary>Core §10.2.1 and §10.3.1.1: an array of schemas that is not empty.</summary>
    public IReadOnlyList<Schema>? Subschemas(string keyword)
    {
        if (List(keyword) is not { } values)
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
        Map(keyword)?.ToDictionary(
            member => member.Key,
            member => compiler.Compile(location, keyword, member.Value, member.Key),
            StringComparer.Ordinal);

    private T? Read<T>(string keyword, string demand, Func<Datum, T?> read)
        where T : class
    {
        if (Value(keyword) is not { } value)
            return null;

        var result = read(value);
        if (result is null)
            Refuse(keyword, demand);
        return result;
    }
}
