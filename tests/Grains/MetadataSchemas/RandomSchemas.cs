using CsCheck;

namespace Bleepay.Tests.Grains.MetadataSchemas;

/// <summary>
/// Schemas of all keywords and instances, as JSON text. Both are made of few names and small values, so that
/// they often concern each other.
/// </summary>
internal static class RandomSchemas
{
    private const int SchemaDepthMax = 3;
    private const int ValueDepthMax = 2;

    private static readonly Gen<string> Names = Gen.OneOf("\"a\"", "\"b\"", "\"ab\"", "\"b1\"");

    private static readonly Gen<string> Numbers =
        Gen.OneOf("0", "-0.0", "1", "1.0", "2", "-1", "1.5", "10", "1e1", "0.1", "0.3");

    private static readonly Gen<string> Strings = Gen.OneOf("\"\"", "\"c\"", "\"abc\"", "\"1\"");

    private static readonly Gen<string> Patterns = Gen.OneOf(
        "\"a\"", "\"^a\"", "\"b$\"", "\"^[ab]+$\"", "\"^.{2}$\"", "\"[0-9]\"", "\"^(?:a|bc?)*$\"", "\"\"");

    private static readonly Gen<string> Counts = Gen.OneOf("0", "1", "2", "2.0", "3");

    private static readonly Gen<string> Types = Gen.OneOf(
        "\"null\"", "\"boolean\"", "\"object\"", "\"array\"", "\"number\"", "\"string\"", "\"integer\"");

    /// <summary>Instances.</summary>
    public static Gen<string> Values { get; } = ValuesOf(ValueDepthMax);

    /// <summary>Schema objects whose references point at their own definitions and at themselves.</summary>
    public static Gen<string> Roots { get; } = Gen.Select(
        Keywords(SchemaDepthMax).Array[1, 5],
        SubschemasOf(SchemaDepthMax - 1),
        SubschemasOf(SchemaDepthMax - 1),
        (keywords, one, other) => Object([.. keywords, ("\"$defs\"", $$"""{"one":{{one}},"other":{{other}}}""")]));

    private static Gen<string> ValuesOf(int depth)
    {
        var plain = Gen.OneOf(Numbers, Strings, Names, Gen.OneOf("null", "true", "false"));
        if (depth == 0) return plain;

        var inner = ValuesOf(depth - 1);
        return Gen.OneOf(plain, ArraysOf(inner, 0, 3), ObjectsOf(inner, 0, 4));
    }

    private static Gen<string> SubschemasOf(int depth)
    {
        var booleans = Gen.Frequency((3, Gen.Const("true")), (1, Gen.Const("false")));
        return depth == 0
            ? booleans
            : Gen.Frequency((1, booleans), (6, Keywords(depth).Array[0, 3].Select(Object)));
    }

    private static Gen<(string Name, string Value)> Keywords(int depth)
    {
        var schema = SubschemasOf(depth - 1);
        var schemas = ArraysOf(schema, 1, 3);
        var named = ObjectsOf(schema, 1, 3);
        var names = Names.Array[0, 2].Select(all => $"[{string.Join(',', all.Distinct())}]");
        return Gen.OneOf(
            Keyword(Types, "type"),
            Keyword(Types.Array[1, 3].Select(all => $"[{string.Join(',', all.Distinct())}]"), "type"),
            Keyword(ArraysOf(Values, 1, 4), "enum"),
            Keyword(Values, "const"),
            Keyword(Counts, "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
            Keyword(Counts, "minContains", "maxContains"),
            Keyword(Patterns, "pattern"),
            Keyword(Numbers, "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
            Keyword(Gen.OneOf("1", "2", "0.1", "1.5"), "multipleOf"),
            Keyword(Gen.OneOf("true", "false"), "uniqueItems"),
            Keyword(schema, "items", "contains", "additionalProperties", "propertyNames"),
            Keyword(schema, "not", "if", "then", "else"),
            Keyword(schemas, "prefixItems", "allOf", "anyOf", "oneOf"),
            Keyword(named, "properties", "dependentSchemas"),
            Keyword(Gen.Select(Patterns, schema, (pattern, value) => $"{{{pattern}:{value}}}"), "patternProperties"),
            Keyword(names, "required"),
            Keyword(ObjectsOf(names, 1, 2), "dependentRequired"),
            Keyword(Gen.OneOf("\"#\"", "\"#/$defs/one\"", "\"#/$defs/other\""), "$ref"),
            Keyword(Strings, "title", "format", "$comment"));
    }

    private static Gen<(string Name, string Value)> Keyword(Gen<string> values, params string[] names) =>
        Gen.Select(Gen.OneOf(names), values, (name, value) => ($"\"{name}\"", value));

    private static Gen<string> ArraysOf(Gen<string> items, int min, int max) =>
        items.Array[min, max].Select(all => $"[{string.Join(',', all)}]");

    private static Gen<string> ObjectsOf(Gen<string> values, int min, int max) =>
        Gen.Select(Names, values).Array[min, max].Select(Object);

    /// <summary>Of members with the same name, the first.</summary>
    private static string Object((string Name, string Value)[] members)
    {
        var texts = members.DistinctBy(member => member.Name).Select(member => $"{member.Name}:{member.Value}");
        return $"{{{string.Join(',', texts)}}}";
    }
}
