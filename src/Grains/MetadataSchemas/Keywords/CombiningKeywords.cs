namespace Bleepay.Grains.MetadataSchemas.Keywords;

/// <summary>The keywords that combine schemas over one value: Core §10.2.1 and §10.2.2.</summary>
internal static class CombiningKeywords
{
    public static KeywordGroup Group { get; } =
        new(["allOf", "anyOf", "oneOf", "not", "if", "then", "else"], Read);

    private static IEnumerable<Keyword> Read(SchemaNode node)
    {
        if (node.Subschemas("allOf") is { } all)
            yield return new AllOfKeyword(all);
        if (node.Subschemas("anyOf") is { } any)
            yield return new AnyOfKeyword(any);
        if (node.Subschemas("oneOf") is { } one)
            yield return new OneOfKeyword(one);
        if (node.Subschema("not") is { } schema)
            yield return new NotKeyword(schema);

        // Core §10.2.2: "then" and "else" must be schemas, and have no effect without "if".
        var thenSchema = node.Subschema("then");
        var elseSchema = node.Subschema("else");
        if (node.Subschema("if") is { } ifSchema)
            yield return new IfThenElseKeyword(ifSchema, thenSchema, elseSchema);
    }
}

internal sealed class AllOfKeyword(IReadOnlyList<Schema> schemas) : Keyword
{
    public override IEnumerable<Schema> AppliedInPlace => schemas;

    public override void Evaluate(Instance instance, Evaluation evaluation)
    {
        foreach (var schema in schemas)
            schema.Evaluate(instance, evaluation);
    }
}

internal sealed class AnyOfKeyword(IReadOnlyList<Schema> schemas) : Keyword
{
    public override IEnumerable<Schema> AppliedInPlace => schemas;

    public override void Evaluate(Instance instance, Evaluation evaluation)
    {
        if (!schemas.Any(schema => evaluation.IsValid(schema, instance)))
            evaluation.Report(instance.Path, "must match at least one of the schemas in 'anyOf'");
    }
}

internal sealed class OneOfKeyword(IReadOnlyList<Schema> schemas) : Keyword
{
    public override IEnumerable<Schema> AppliedInPlace => schemas;

    public override void Evaluate(Instance instance, Evaluation evaluation)
    {
        var matching = schemas.Count(schema => evaluation.IsValid(schema, instance));
        var message = $"must match exactly one of the schemas in 'oneOf', not {matching}";
        if (matching != 1)
            evaluation.Report(instance.Path, message);
    }
}

internal sealed class NotKeyword(Schema schema) : Keyword
{
    public override IEnumerable<Schema> AppliedInPlace => [schema];

    public override void Evaluate(Instance instance, Evaluation evaluation)
    {
        if (evaluation.IsValid(schema, instance))
            evaluation.Report(instance.Path, "must not match the schema in 'not'");
    }
}

internal sealed class IfThenElseKeyword(Schema ifSchema, Schema? thenSchema, Schema? elseSchema) : Keyword
{
    public override IEnumerable<Schema> AppliedInPlace =>
        new[] { ifSchema, thenSchema, elseSchema }.OfType<Schema>();

    public override void Evaluate(Instance instance, Evaluation evaluation)
    {
        var applied = evaluation.IsValid(ifSchema, instance) ? thenSchema : elseSchema;
        applied?.Evaluate(instance, evaluation);
    }
}

/// <summary>The schema <c>false</c>.</summary>
internal sealed class FalseKeyword : Keyword
{
    public override void Evaluate(Instance instance, Evaluation evaluation) =>
        evaluation.Report(instance.Path, "is not allowed");
}
