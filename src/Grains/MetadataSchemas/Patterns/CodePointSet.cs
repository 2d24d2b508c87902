namespace Bleepay.Grains.MetadataSchemas.Patterns;

/// <summary>
/// A set of Unicode code points, as ranges in ascending order that neither overlap nor touch.
/// </summary>
internal sealed class CodePointSet
{
    public const int CodePointMax = 0x10FFFF;

    private CodePointSet? complement;

    private CodePointSet(IReadOnlyList<CodePointRange> ranges) => Ranges = ranges;

    public static CodePointSet None { get; } = new([]);

    public static CodePointSet All { get; } = new([new(0, CodePointMax)]);

    public IReadOnlyList<CodePointRange> Ranges { get; }

    public static CodePointSet Of(params IEnumerable<CodePointRange> ranges)
    {
        var merged = new List<CodePointRange>();
        foreach (var range in ranges.OrderBy(range => range.First))
        {
            if (merged.Count > 0 && range.First <= merged[^1].Last + 1)
                merged[^1] = new(merged[^1].First, Math.Max(merged[^1].Last, range.Last));
            else
                merged.Add(range);
        }

        return new CodePointSet(merged);
    }

    public static CodePointSet Of(int codePoint) => new([new(codePoint, codePoint)]);

    public static CodePointSet Of(string characters) =>
        Of(characters.Select(character => new CodePointRange(character, character)));

    public CodePointSet Or(CodePointSet other) => Of(Ranges.Concat(other.Ranges));

    /// <summary>
    /// The same object each time: a pattern that repeats <c>\P{L}</c> has one set, not many equal ones.
    /// </summary>
    public CodePointSet Complement() => complement ??= ComputeComplement();

    private CodePointSet ComputeComplement()
    {
        var gaps = new List<CodePointRange>();
        var next = 0;
        foreach (var range in Ranges)
        {
            if (range.First > next)
                gaps.Add(new(next, range.First - 1));
            next = range.Last + 1;
        }

        if (next <= CodePointMax)
            gaps.Add(new(next, CodePointMax));
        return new CodePointSet(gaps);
    }
}

/// <summary>Both ends belong to the range.</summary>
internal readonly record struct CodePointRange(int First, int Last);
