using Bleepay.Grains.MetadataSchemas.Values;

namespace Bleepay.Grains.MetadataSchemas;

/// <summary>
/// A compiled schema or subschema. The schema <c>true</c> has no keywords; <c>false</c> has one that fails
/// always.
/// </summary>
internal sealed class Schema(IReadOnlyList<Keyword> keywords)
{
    /// <summary>The subschemas that are applied to the same instance as this schema.</summary>
    public IEnumerable<Schema> AppliedInPlace => keywords.SelectMany(keyword => keyword.AppliedInPlace);

    public void Evaluate(Instance instance, Evaluation evaluation)
    {
        foreach (var keyword in keywords)
        {
            if (evaluation.IsComplete)
                return;
            keyword.Evaluate(instance, evaluation);
        }
    }
}

/// <summary>A compiled keyword, with those that change its meaning (<c>if</c> and <c>then</c>).</summary>
internal abstract class Keyword
{
    public virtual IEnumerable<Schema> AppliedInPlace => [];

    public abstract void Evaluate(Instance instance, Evaluation evaluation);
}

/// <summary>
/// An assertion about values of one type. It ignores values of other types, by Validation §6.
/// </summary>
/// <param name="check">Returns what is wrong with the value, or null.</param>
internal sealed class Assertion<TValue>(Func<TValue, string?> check) : Keyword
    where TValue : JsonValue
{
    public override void Evaluate(Instance instance, Evaluation evaluation)
    {
        if (instance.Value is TValue value && check(value) is { } message)
            evaluation.Report(instance.Path, message);
    }
}

/// <summary>A value, and its path in the root instance.</summary>
internal readonly record struct Instance(JsonValue Value, InstancePath Path)
{
    public Instance Property(string name, JsonValue value) => new(value, Path.Property(name));

    public Instance Item(int index, JsonValue value) => new(value, Path.Item(index));
}
