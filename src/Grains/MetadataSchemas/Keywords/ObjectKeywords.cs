using Bleepay.Grains.MetadataSchemas.Patterns;
using Bleepay.Grains.MetadataSchemas.Values;

namespace Bleepay.Grains.MetadataSchemas.Keywords;

/// <summary>The keywords about objects: Validation §6.5, Core §10.2.2.4 and §10.3.2.</summary>
internal static class ObjectKeywords
{
    private const string PatternProperties = "patternProperties";
    private const string DependentRequired = "dependentRequired";

    public static KeywordGroup Group { get; } = new(
        [
            "properties", PatternProperties, "additionalProperties", "propertyNames", "required",
            DependentRequired, "dependentSchemas", "minProperties", "maxProperties",
        ],
        Read);

    private static IEnumerable<Keyword> Read(SchemaNode node)
    {
        if (node.UniqueStrings("required") is { } required)
            yield return new RequiredKeyword(required);

        var named = node.NamedSubschemas("properties");
        var matched = ReadPatternProperties(node);
        var additional = node.Subschema("additionalProperties");
        if (named is not null || matched is not null || additional is not null)
        {
            yield return new PropertiesKeyword(
                named ?? new Dictionary<string, Schema>(),
                matched ?? [],
                additional);
        }

        if (node.Subschema("propertyNames") is { } names)
            yield return new PropertyNamesKeyword(names);
        foreach (var (trigger, value) in node.Object(DependentRequired) ?? new Dictionary<string, JsonValue>())
            yield return new DependentRequiredKeyword(trigger, node.UniqueStrings(DependentRequired, value) ?? []);
        if (node.NamedSubschemas("dependentSchemas") is { } dependent)
            yield return new DependentSchemasKeyword(dependent);

        if (node.Count("minProperties") is { } minimum)
        {
            var message = $"must have at least {Counted.Of(minimum, "property", "properties")}";
            yield return new Assertion<JsonValue.Object>(value => value.Members.Count >= minimum ? null : message);
        }

        if (node.Count("maxProperties") is { } maximum)
        {
            var message = $"must have at most {Counted.Of(maximum, "property", "properties")}";
            yield return new Assertion<JsonValue.Object>(value => value.Members.Count <= maximum ? null : message);
        }
    }

    private static List<(EcmaPattern Pattern, Schema Schema)>? ReadPatternProperties(SchemaNode node)
    {
        if (node.NamedSubschemas(PatternProperties) is not { } schemas)
            return null;

        var matched = new List<(EcmaPattern Pattern, Schema Schema)>();
        foreach (var (source, schema) in schemas)
        {
            if (node.Pattern(PatternProperties, source) is { } pattern)
                matched.Add((pattern, schema));
        }

        return matched;
    }
}
