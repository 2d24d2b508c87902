using System.Runtime.CompilerServices;
using Bleepay.Grains.MetadataSchemas.Patterns;
using Bleepay.Grains.MetadataSchemas.Values;

namespace Bleepay.Grains.MetadataSchemas;

/// <summary>
/// The evaluation of a schema against an instance. It collects violations up to a bound, or it is a probe that
/// stops at the first one.
/// </summary>
internal sealed class Evaluation
{
    private readonly List<SchemaViolation> violations = [];
    private readonly HashSet<Application> reported = [];
    private readonly Dictionary<Application, bool> results;
    private readonly PatternBudget budget;
    private readonly int violationsMax;
    private readonly bool isProbe;

    private Evaluation(
        int violationsMax, bool isProbe, Dictionary<Application, bool> results, PatternBudget budget)
    {
        this.violationsMax = violationsMax;
        this.isProbe = isProbe;
        this.results = results;
        this.budget = budget;
    }

    /// <summary>Whether further keywords can't change the result.</summary>
    public bool IsComplete => violations.Count >= violationsMax || budget.IsExceeded;

    /// <summary>
    /// Returns the violations. Once the budget is exceeded nothing is known about the instance, since a
    /// <c>not</c> may have inverted a match that was given up; then the budget is the only violation.
    /// </summary>
    public static IReadOnlyList<SchemaViolation> Collect(
        Schema schema, JsonValue root, int violationsMax, PatternBudget budget)
    {
        var evaluation = new Evaluation(violationsMax, isProbe: false, [], budget);
        schema.Evaluate(new Instance(root, InstancePath.Root), evaluation);
        return budget.IsExceeded ? [BudgetExceeded] : evaluation.violations;
    }

    public void Report(InstancePath path, string message)
    {
        if (!IsComplete)
            violations.Add(new SchemaViolation(path.ToString(), message));
    }

    /// <summary>Whether the pattern matches anywhere in the text; false once the budget is exceeded.</summary>
    public bool Matches(EcmaPattern pattern, string text) => pattern.Matches(text, budget);

    /// <summary>Whether the instance is valid against the schema; reports nothing.</summary>
    public bool IsValid(Schema schema, Instance instance) => FirstViolation(schema, instance) is null;

    /// <summary>The first violation, or null when the instance is valid; reports nothing.</summary>
    public SchemaViolation? FirstViolation(Schema schema, Instance instance)
    {
        var probe = new Evaluation(1, isProbe: true, results, budget);
        schema.Evaluate(instance, probe);
        return probe.violations.FirstOrDefault();
    }

    /// <summary>
    /// Evaluates the target of a <c>$ref</c>. A few dozen references can apply one schema to one value
    /// exponentially often, so the result is cached.
    /// </summary>
    public void EvaluateReference(Schema target, Instance instance)
    {
        var application = new Application(target, instance.Value);
        if (!results.TryGetValue(application, out var isValid))
            results[application] = isValid = IsValid(target, instance);

        if (isValid)
            return;
        if (isProbe)
            Report(instance.Path, "must match the schema that is referred to");
        else if (reported.Add(application))
            target.Evaluate(instance, this);
    }

    private static SchemaViolation BudgetExceeded { get; } = new(
        InstancePath.Root.ToString(),
        "takes too long to match against the patterns of the schema; send shorter strings and names, "
            + "or simplify the schema");

    /// <summary>
    /// A schema applied to a value. By identity, because equal values at two locations are two applications.
    /// </summary>
    private readonly record struct Application(Schema Schema, JsonValue Value)
    {
        public bool Equals(Application other) =>
            ReferenceEquals(Schema, other.Schema) && ReferenceEquals(Value, other.Value);

        public override int GetHashCode() =>
            HashCode.Combine(RuntimeHelpers.GetHashCode(Schema), RuntimeHelpers.GetHashCode(Value));
    }
}
