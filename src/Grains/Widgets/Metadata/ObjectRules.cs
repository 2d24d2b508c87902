namespace Bleepay.Grains.Widgets.Metadata;

/// <summary>
/// Members by name, members by pattern, and the members that neither names: one rule, because the last is
/// defined by the other two.
/// </summary>
internal sealed class MembersRule(
    IReadOnlyDictionary<string, Schema> named,
    IReadOnlyList<(EcmaPattern Pattern, Schema Schema)> matched,
    Schema? additional) : Rule
{
    public override void Check(Instance instance, Evaluation evaluation)
    {
        if (instance.Value is not Datum.Map map)
            return;

        foreach (var (name, value) in map.Members)
        {
            foreach (var schema in SchemasOf(name))
                schema.Check(instance.Member(name, value), evaluation);
        }
    }

    private IEnumerable<Schema> SchemasOf(string name)
    {
        var isAdditional = true;
        if (named.TryGetValue(name, out var own))
        {
            isAdditional = false;
            yield return own;
        }

        foreach (var (pattern, schema) in matched)
        {
            if (!pattern.Matches(name))
                continue;
            isAdditional = false;
            yield return schema;
        }

        if (isAdditional && additional is not null)
            yield return additional;
    }
}

internal sealed class RequiredRule(IReadOnlyList<string> names) : Rule
{
    public override void Check(Instance instance, Evaluation evaluation)
    {
        if (instance.Value is not Datum.Map map)
            return;

        foreach (var name in names.Where(name => !map.Members.ContainsKey(name)))
            evaluation.Report(instance.Path.Member(name), "is required");
    }
}

internal sealed class DependentRequiredRule(string trigger, IReadOnlyList<string> names) : Rule
{
    public override void Check(Instance instance, Evaluation evaluation)
    {
        if (instance.Value is not Datum.Map map || !map.Members.ContainsKey(trigger))
            return;

        var message = $"is required when {Datum.Quote(trigger)} is present";
        foreach (var name in names.Where(name => !map.Members.ContainsKey(name)))
            evaluation.Report(instance.Path.Member(name), message);
    }
}

internal sealed class DependentSchemasRule(IReadOnlyDictionary<string, Schema> schemas) : Rule
{
    public override IEnumerable<Schema> AppliedInPlace => schemas.Values;

    public override void Check(Instance instance, Evaluation evaluation)
    {
        if (instance.Value is not Datum.Map map)
            return;

        foreach (var (_, schema) in schemas.Where(dependent => map.Members.ContainsKey(dependent.Key)))
            schema.Check(instance, evaluation);
    }
}

/// <summary>Every name of a member, taken as a string, matches a schema.</summary>
internal sealed class NamesRule(Schema names) : Rule
{
    public override void Check(Instance instance, Evaluation evaluation)
    {
        if (instance.Value is not Datum.Map map)
            return;

        foreach (var name in map.Members.Keys)
        {
            var place = instance.Path.Member(name);
            if (evaluation.Violation(names, new Instance(new Datum.Text(name), place)) is { } violation)
                evaluation.Report(place, $"has a name that {violation.Message}");
        }
    }
}
