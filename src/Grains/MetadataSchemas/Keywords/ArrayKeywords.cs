using Bleepay.Grains.MetadataSchemas.Values;

namespace Bleepay.Grains.MetadataSchemas.Keywords;

/// <summary>The keywords about arrays: Validation §6.4, Core §10.3.1.</summary>
internal static class ArrayKeywords
{
    public static KeywordGroup Group { get; } = new(
        [
            "minItems", "maxItems", "uniqueItems", "prefixItems", "items",
            "contains", "minContains", "maxContains",
        ],
        Read);

    private static IEnumerable<Keyword> Read(SchemaNode node)
    {
        if (node.Count("minItems") is { } minimum)
        {
            var message = $"must have at least {Counted.Of(minimum, "item")}";
            yield return new Assertion<JsonValue.Array>(array => array.Items.Count >= minimum ? null : message);
        }

        if (node.Count("maxItems") is { } maximum)
        {
            var message = $"must have at most {Counted.Of(maximum, "item")}";
            yield return new Assertion<JsonValue.Array>(array => array.Items.Count <= maximum ? null : message);
        }

        if (node.Boolean("uniqueItems") is true)
            yield return new Assertion<JsonValue.Array>(FirstDuplicate);

        var prefix = node.Subschemas("prefixItems") ?? [];
        var rest = node.Subschema("items");
        if (prefix.Count > 0 || rest is not null)
            yield return new ItemsKeyword(prefix, rest);

        // Core §10.3.1.3: the two bounds are checked, and have no effect, without "contains".
        var minContains = node.Count("minContains") ?? 1;
        var maxContains = node.Count("maxContains");
        if (node.Subschema("contains") is { } schema)
            yield return new ContainsKeyword(schema, minContains, maxContains);
    }

    private static string? FirstDuplicate(JsonValue.Array array)
    {
        var seen = new Dictionary<JsonValue, int>();
        for (var index = 0; index < array.Items.Count; index++)
        {
            if (!seen.TryAdd(array.Items[index], index))
                return $"must not have equal items, as [{seen[array.Items[index]]}] and [{index}] are";
        }

        return null;
    }
}

/// <summary>
/// <c>prefixItems</c> has a schema for each of the first items; <c>items</c> applies to those after them.
/// </summary>
internal sealed class ItemsKeyword(IReadOnlyList<Schema> prefix, Schema? rest) : Keyword
{
    public override void Evaluate(Instance instance, Evaluation evaluation)
    {
        if (instance.Value is not JsonValue.Array array)
            return;

        for (var index = 0; index < array.Items.Count; index++)
        {
            var schema = index < prefix.Count ? prefix[index] : rest;
            schema?.Evaluate(instance.Item(index, array.Items[index]), evaluation);
        }
    }
}

/// <summary><c>contains</c>, with <c>minContains</c> and <c>maxContains</c>.</summary>
internal sealed class ContainsKeyword(Schema schema, int min, int? max) : Keyword
{
    public override void Evaluate(Instance instance, Evaluation evaluation)
    {
        if (instance.Value is not JsonValue.Array array)
            return;

        var matching = array.Items
            .Where((item, index) => evaluation.IsValid(schema, instance.Item(index, item)))
            .Count();
        if (matching < min)
            Report($"at least {Counted.Of(min, "item")}");
        else if (matching > max)
            Report($"at most {Counted.Of(max.Value, "item")}");

        void Report(string count) =>
            evaluation.Report(instance.Path, $"must have {count} matching 'contains'");
    }
}
