namespace Bleepay.Grains.MetadataSchemas.Patterns;

/// <summary>
/// Divides the code points into classes that one regular expression can't distinguish: two code points are of
/// one class when the same sets hold them. The classes are numbered from 0.
/// </summary>
internal sealed class CodePointClasses
{
    private const int AsciiCount = 128;

    /// <summary>Where each interval of code points begins; all of an interval belong to one class.</summary>
    private readonly int[] starts;
    private readonly int[] classOfInterval;
    private readonly int[] classOfAscii;

    public CodePointClasses(IReadOnlyCollection<CodePointSet> sets)
    {
        starts = StartsOfIntervals(sets);
        classOfInterval = new int[starts.Length];
        Count = 1;
        foreach (var set in sets)
            Split(set);
        classOfAscii = [.. Enumerable.Range(0, AsciiCount).Select(ascii => classOfInterval[IntervalOf(ascii)])];
    }

    public int Count { get; private set; }

    public int ClassOf(int codePoint) =>
        codePoint < AsciiCount ? classOfAscii[codePoint] : classOfInterval[IntervalOf(codePoint)];

    /// <summary>The classes that one of the sets given to the constructor consists of.</summary>
    public IReadOnlySet<int> ClassesOf(CodePointSet set)
    {
        var classes = new HashSet<int>();
        foreach (var range in set.Ranges)
        {
            foreach (var number in classOfInterval.AsSpan(IntervalOf(range.First), CountOfIntervals(range)))
                classes.Add(number);
        }

        return classes;
    }

    private static int[] StartsOfIntervals(IEnumerable<CodePointSet> sets)
    {
        var starts = new SortedSet<int> { 0 };
        foreach (var range in sets.SelectMany(set => set.Ranges))
        {
            starts.Add(range.First);
            starts.Add(range.Last + 1);
        }

        starts.Remove(CodePointSet.CodePointMax + 1);
        return [.. starts];
    }

    /// <summary>Splits each class into the intervals that the set holds and those that it does not.</summary>
    private void Split(CodePointSet set)
    {
        var isHeld = new bool[starts.Length];
        foreach (var range in set.Ranges)
            Array.Fill(isHeld, true, IntervalOf(range.First), CountOfIntervals(range));

        // Every class has two parts, which get their numbers, from 1, when their first interval comes.
        var numbers = new int[2 * Count];
        Count = 0;
        for (var interval = 0; interval < starts.Length; interval++)
        {
            ref var number = ref numbers[(2 * classOfInterval[interval]) + (isHeld[interval] ? 1 : 0)];
            if (number == 0)
                number = ++Count;
            classOfInterval[interval] = number - 1;
        }
    }

    private int CountOfIntervals(CodePointRange range) =>
        IntervalOf(range.Last) - IntervalOf(range.First) + 1;

    private int IntervalOf(int codePoint)
    {
        var index = Array.BinarySearch(starts, codePoint);
        return index >= 0 ? index : ~index - 1;
    }
}
