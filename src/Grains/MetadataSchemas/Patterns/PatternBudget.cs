namespace Bleepay.Grains.MetadataSchemas.Patterns;

/// <summary>
/// The work of all patterns of one validation, in steps: one for each code point that a pattern reads, and one
/// for each position that is active after it.
/// </summary>
internal sealed class PatternBudget(int stepsMax)
{
    /// <summary>How many steps were spent; more than the maximum once the budget is exceeded.</summary>
    public int Steps { get; private set; }

    public bool IsExceeded => Steps > stepsMax;

    /// <summary>False when the budget is exceeded: the caller stops, and its result has no meaning.</summary>
    public bool TrySpend(int steps)
    {
        if (!IsExceeded)
            Steps += steps;
        return !IsExceeded;
    }
}
