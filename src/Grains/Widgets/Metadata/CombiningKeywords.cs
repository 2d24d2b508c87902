namespace Bleepay.Grains.Widgets.Metadata;

/// <summary>The keywords that combine schemas over one value: Core §10.2.1 and §10.2.2.</summary>
internal static class CombiningKeywords
{
    public static KeywordGroup Group { get; } =
        new(["allOf", "anyOf", "oneOf", "not", "if", "then", "else"], Read);

    private static IEnumerable<Rule> Read(SchemaNode node)
    {
        if (node.Subschemas("allOf") is { } all)
            yield return new AllOfRule(all);
        if (node.Subschemas("anyOf") is { } any)
            yield return new AnyOfRule(any);
        if (node.Subschemas("oneOf") is { } one)
            yield return new OneOfRule(one);
        if (node.Subschema("not") is { } excluded)
            yield return new NotRule(excluded);

        // Core §10.2.2: "then" and "else" must be schemas, and mean nothing without "if".
        var consequence = node.Subschema("then");
        var alternative = node.Subschema("else");
        if (node.Subschema("if") is { } condition)
            yield return new ConditionalRule(condition, consequence, alternative);
    }
}

internal sealed class AllOfRule(IReadOnlyList<Schema> schemas) : Rule
{
    public override IEnumerable<Schema> AppliedInPlace => schemas;

    public override void Check(Instance instance, Evaluation evaluation)
    {
        foreach (var schema in schemas)
            schema.Check(instance, evaluation);
    }
}

internal sealed class AnyOfRule(IReadOnlyList<Schema> schemas) : Rule
{
    public override IEnumerable<Schema> AppliedInPlace => schemas;

    public override void Check(Instance instance, Evaluation evaluation)
    {
        if (!schemas.Any(schema => evaluation.Accepts(schema, instance)))
            evaluation.Report(instance.Path, "must match at least one of the schemas in 'anyOf'");
    }
}

internal sealed class OneOfRule(IReadOnlyList<Schema> schemas) : Rule
{
    public override IEnumerable<Schema> AppliedInPlace => schemas;

    public override void Check(Instance instance, Evaluation evaluation)
    {
        var matching = schemas.Count(schema => evaluation.Accepts(schema, instance));
        var message = $"must match exactly one of the schemas in 'oneOf', not {matching}";
        if (matching != 1)
            evaluation.Report(instance.Path, message);
    }
}

internal sealed class NotRule(Schema excluded) : Rule
{
    public override IEnumerable<Schema> AppliedInPlace => [excluded];

    public override void Check(Instance instance, Evaluation evaluation)
    {
        if (evaluation.Accepts(excluded, instance))
            evaluation.Report(instance.Path, "must not match the schema in 'not'");
    }
}

internal sealed class ConditionalRule(Schema condition, Schema? consequence, Schema? alternative) : Rule
{
    public override IEnumerable<Schema> AppliedInPlace =>
        new[] { condition, consequence, alternative }.OfType<Schema>();

    public override void Check(Instance instance, Evaluation evaluation)
    {
        var applied = evaluation.Accepts(condition, instance) ? consequence : alternative;
        applied?.Check(instance, evaluation);
    }
}

/// <summary>The schema <c>false</c>.</summary>
internal sealed class RefusalRule : Rule
{
    public override void Check(Instance instance, Evaluation evaluation) =>
        evaluation.Report(instance.Path, "is not allowed");
}
