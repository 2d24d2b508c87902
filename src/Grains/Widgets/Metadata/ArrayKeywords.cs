namespace Bleepay.Grains.Widgets.Metadata;

/// <summary>The keywords about arrays: Validation §6.4, Core §10.3.1.</summary>
internal static class ArrayKeywords
{
    public static KeywordGroup Group { get; } = new(
        [
            "minItems", "maxItems", "uniqueItems", "prefixItems", "items",
            "contains", "minContains", "maxContains",
        ],
        Read);

    private static IEnumerable<Rule> Read(SchemaNode node)
    {
        if (node.Count("minItems") is { } minimum)
        {
            var message = $"must have at least {Counted.Of(minimum, "item")}";
            yield return new Assertion<Datum.List>(list => list.Items.Count >= minimum ? null : message);
        }

        if (node.Count("maxItems") is { } maximum)
        {
            var message = $"must have at most {Counted.Of(maximum, "item")}";
            yield return new Assertion<Datum.List>(list => list.Items.Count <= maximum ? null : message);
        }

        if (node.Truth("uniqueItems") is true)
            yield return new Assertion<Datum.List>(FirstRepetition);

        var prefix = node.Subschemas("prefixItems") ?? [];
        var rest = node.Subschema("items");
        if (prefix.Count > 0 || rest is not null)
            yield return new ItemsRule(prefix, rest);

        // Core §10.3.1.3: the two bounds are read, and mean nothing, without the keyword that they bound.
        var fewest = node.Count("minContains") ?? 1;
        var most = node.Count("maxContains");
        if (node.Subschema("contains") is { } wanted)
            yield return new ContainsRule(wanted, fewest, most);
    }

    private static string? FirstRepetition(Datum.List list)
    {
        var seen = new Dictionary<Datum, int>();
        for (var index = 0; index < list.Items.Count; index++)
        {
            if (!seen.TryAdd(list.Items[index], index))
                return $"must not have equal items, as [{seen[list.Items[index]]}] and [{index}] are";
        }

        return null;
    }
}

/// <summary>
/// The first items each have a schema of their own; one more schema may apply to all that follow.
/// </summary>
internal sealed class ItemsRule(IReadOnlyList<Schema> prefix, Schema? rest) : Rule
{
    public override void Check(Instance instance, Evaluation evaluation)
    {
        if (instance.Value is not Datum.List list)
            return;

        for (var index = 0; index < list.Items.Count; index++)
        {
            var schema = index < prefix.Count ? prefix[index] : rest;
            schema?.Check(instance.Item(index, list.Items[index]), evaluation);
        }
    }
}

/// <summary>Enough items, and not too many, match a schema.</summary>
internal sealed class ContainsRule(Schema wanted, int fewest, int? most) : Rule
{
    public override void Check(Instance instance, Evaluation evaluation)
    {
        if (instance.Value is not Datum.List list)
            return;

        var matching = list.Items
            .Where((item, index) => evaluation.Accepts(wanted, instance.Item(index, item)))
            .Count();
        if (matching < fewest)
            Report($"at least {Counted.Of(fewest, "item")}");
        else if (matching > most)
            Report($"at most {Counted.Of(most.Value, "item")}");

        void Report(string count) =>
            evaluation.Report(instance.Path, $"must have {count} matching 'contains'");
    }
}
