namespace Bleepay.Grains.Widgets.Metadata;

/// <summary>
/// Measures how many schemas are applied one inside the other before an evaluation moves on to a smaller
/// value. A chain that meets itself has no end. Recursion through a member or an item does, since the value
/// has one.
/// </summary>
internal sealed class InPlaceChains
{
    private const int Unfinished = -1;

    private readonly Dictionary<Schema, int> lengths = new(ReferenceEqualityComparer.Instance);

    /// <summary>
    /// The length of the longest chain that starts at the schema; false when it is endless.
    /// </summary>
    public bool TryMeasure(Schema schema, out int length)
    {
        if (lengths.TryGetValue(schema, out length))
            return length != Unfinished;

        lengths[schema] = Unfinished;
        var longest = 0;
        foreach (var next in schema.AppliedInPlace)
        {
            if (!TryMeasure(next, out var rest))
                return false;
            longest = Math.Max(longest, rest);
        }

        lengths[schema] = length = longest + 1;
        return true;
    }
}
