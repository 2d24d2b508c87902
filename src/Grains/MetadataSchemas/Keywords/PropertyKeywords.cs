using Bleepay.Grains.MetadataSchemas.Patterns;
using Bleepay.Grains.MetadataSchemas.Values;

namespace Bleepay.Grains.MetadataSchemas.Keywords;

/// <summary>
/// <c>properties</c>, <c>patternProperties</c> and <c>additionalProperties</c>: the last is defined by the other
/// two.
/// </summary>
internal sealed class PropertiesKeyword(
    IReadOnlyDictionary<string, Schema> named,
    IReadOnlyList<(EcmaPattern Pattern, Schema Schema)> matched,
    Schema? additional) : Keyword
{
    public override void Evaluate(Instance instance, Evaluation evaluation)
    {
        if (instance.Value is not JsonValue.Object value)
            return;

        foreach (var (name, member) in value.Members)
        {
            foreach (var schema in SchemasOf(name, evaluation))
                schema.Evaluate(instance.Property(name, member), evaluation);
        }
    }

    private IEnumerable<Schema> SchemasOf(string name, Evaluation evaluation)
    {
        var isAdditional = true;
        if (named.TryGetValue(name, out var own))
        {
            isAdditional = false;
            yield return own;
        }

        foreach (var (pattern, schema) in matched)
        {
            if (!evaluation.Matches(pattern, name))
                continue;
            isAdditional = false;
            yield return schema;
        }

        if (isAdditional && additional is not null)
            yield return additional;
    }
}

internal sealed class RequiredKeyword(IReadOnlyList<string> names) : Keyword
{
    public override void Evaluate(Instance instance, Evaluation evaluation)
    {
        if (instance.Value is not JsonValue.Object value)
            return;

        foreach (var name in names.Where(name => !value.Members.ContainsKey(name)))
            evaluation.Report(instance.Path.Property(name), "is required");
    }
}

internal sealed class DependentRequiredKeyword(string trigger, IReadOnlyList<string> names) : Keyword
{
    public override void Evaluate(Instance instance, Evaluation evaluation)
    {
        if (instance.Value is not JsonValue.Object value || !value.Members.ContainsKey(trigger))
            return;

        var message = $"is required when {JsonValue.Quote(trigger)} is present";
        foreach (var name in names.Where(name => !value.Members.ContainsKey(name)))
            evaluation.Report(instance.Path.Property(name), message);
    }
}

internal sealed class DependentSchemasKeyword(IReadOnlyDictionary<string, Schema> schemas) : Keyword
{
    public override IEnumerable<Schema> AppliedInPlace => schemas.Values;

    public override void Evaluate(Instance instance, Evaluation evaluation)
    {
        if (instance.Value is not JsonValue.Object value)
            return;

        foreach (var (_, schema) in schemas.Where(dependent => value.Members.ContainsKey(dependent.Key)))
            schema.Evaluate(instance, evaluation);
    }
}

/// <summary><c>propertyNames</c>: every name, as a string, is valid against a schema.</summary>
internal sealed class PropertyNamesKeyword(Schema names) : Keyword
{
    public override void Evaluate(Instance instance, Evaluation evaluation)
    {
        if (instance.Value is not JsonValue.Object value)
            return;

        foreach (var name in value.Names)
        {
            var path = instance.Path.Property(name.Value);
            if (evaluation.FirstViolation(names, new Instance(name, path)) is { } violation)
                evaluation.Report(path, $"has a name that {violation.Message}");
        }
    }
}
