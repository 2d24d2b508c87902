using System.Runtime.CompilerServices;

namespace Bleepay.Grains.Widgets.Metadata;

/// <summary>
/// One run of a schema over a value. It either collects violations up to a bound, or probes: then it only
/// wants to know whether there is one.
/// </summary>
internal sealed class Evaluation
{
    private readonly List<SchemaViolation> violations = [];
    private readonly HashSet<Encounter> followed = [];
    private readonly Dictionary<Encounter, bool> verdicts;
    private readonly int capacity;
    private readonly bool isProbe;

    private Evaluation(int capacity, bool isProbe, Dictionary<Encounter, bool> verdicts)
    {
        this.capacity = capacity;
        this.isProbe = isProbe;
        this.verdicts = verdicts;
    }

    /// <summary>Whether nothing that is still to be checked can change the outcome.</summary>
    public bool IsComplete => violations.Count >= capacity;

    public static IReadOnlyList<SchemaViolation> Collect(Schema schema, Datum root, int maximumViolations)
    {
        var evaluation = new Evaluation(maximumViolations, isProbe: false, []);
        schema.Check(new Instance(root, InstancePath.Root), evaluation);
        return evaluation.violations;
    }

    public void Report(InstancePath path, string message)
    {
        if (!IsComplete)
            violations.Add(new SchemaViolation(path.ToString(), message));
    }

    /// <summary>Whether the value satisfies the schema; reports nothing.</summary>
    public bool Accepts(Schema schema, Instance instance) => Violation(schema, instance) is null;

    /// <summary>The first thing wrong with the value under the schema, or null; reports nothing.</summary>
    public SchemaViolation? Violation(Schema schema, Instance instance)
    {
        var probe = new Evaluation(1, isProbe: true, verdicts);
        schema.Check(instance, probe);
        return probe.violations.FirstOrDefault();
    }

    /// <summary>
    /// Applies the target of a reference. Only a reference can bring the same schema to the same value many
    /// times, and a few dozen of them could do so exponentially often; so the verdict is kept and the work is
    /// done once.
    /// </summary>
    public void Follow(Schema target, Instance instance)
    {
        var encounter = new Encounter(target, instance.Value);
        if (!verdicts.TryGetValue(encounter, out var isAccepted))
            verdicts[encounter] = isAccepted = Accepts(target, instance);

        if (isAccepted)
            return;
        if (isProbe)
            Report(instance.Path, "must match the schema that is referred to");
        else if (followed.Add(encounter))
            target.Check(instance, this);
    }

    /// <summary>
    /// A schema at a place: by identity, since equal values at two places are two encounters.
    /// </summary>
    private readonly record struct Encounter(Schema Schema, Datum Value)
    {
        public bool Equals(Encounter other) =>
            ReferenceEquals(Schema, other.Schema) && ReferenceEquals(Value, other.Value);

        public override int GetHashCode() =>
            HashCode.Combine(RuntimeHelpers.GetHashCode(Schema), RuntimeHelpers.GetHashCode(Value));
    }
}
