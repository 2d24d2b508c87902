namespace Bleepay.Grains.MetadataSchemas;

/// <summary>
/// Measures how many schemas are applied in place, one inside the other, before an evaluation moves to a child
/// of the instance. A chain that returns to itself would never end. Recursion through a property or an item
/// ends, because the instance does.
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
