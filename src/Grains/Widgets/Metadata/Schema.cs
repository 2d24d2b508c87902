namespace Bleepay.Grains.Widgets.Metadata;

/// <summary>
/// A compiled schema or subschema: its rules, all of which must hold. A boolean schema is one without rules
/// (<c>true</c>) or with the rule that nothing satisfies (<c>false</c>).
/// </summary>
internal sealed class Schema(IReadOnlyList<Rule> rules)
{
    /// <summary>The subschemas that are applied to the very value that this one is applied to.</summary>
    public IEnumerable<Schema> AppliedInPlace => rules.SelectMany(rule => rule.AppliedInPlace);

    public void Check(Instance instance, Evaluation evaluation)
    {
        foreach (var rule in rules)
        {
            if (evaluation.IsComplete)
                return;
            rule.Check(instance, evaluation);
        }
    }
}

/// <summary>What one keyword, or a few that are read together, demands of a value.</summary>
internal abstract class Rule
{
    public virtual IEnumerable<Schema> AppliedInPlace => [];

    public abstract void Check(Instance instance, Evaluation evaluation);
}

/// <summary>
/// A rule about values of one kind. It says nothing of the others: Validation §6 has every assertion accept a
/// value of a type that it is not about.
/// </summary>
/// <param name="judge">Says what is wrong with the value, or null when nothing is.</param>
internal sealed class Assertion<TDatum>(Func<TDatum, string?> judge) : Rule
    where TDatum : Datum
{
    public override void Check(Instance instance, Evaluation evaluation)
    {
        if (instance.Value is TDatum value && judge(value) is { } message)
            evaluation.Report(instance.Path, message);
    }
}

/// <summary>A value together with the place it is found at.</summary>
internal readonly record struct Instance(Datum Value, InstancePath Path)
{
    public Instance Member(string name, Datum value) => new(value, Path.Member(name));

    public Instance Item(int index, Datum value) => new(value, Path.Item(index));
}
