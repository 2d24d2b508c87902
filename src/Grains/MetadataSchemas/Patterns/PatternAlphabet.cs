using System.Globalization;
using System.Text;

namespace Bleepay.Grains.MetadataSchemas.Patterns;

/// <summary>
/// Divides the code points into classes that one regular expression cannot tell apart, and gives each class a
/// letter. Written in these letters, a text has exactly one UTF-16 unit for each code point, and a set of
/// many ranges is a few letters long. .NET, which matches UTF-16 units, so answers as ECMA-262 does with the
/// u flag, which matches code points.
/// </summary>
internal sealed class PatternAlphabet
{
    /// <summary>
    /// Letters are of the private use area, which means nothing to .NET. Its 6,400 units are enough for a
    /// pattern of <see cref="EcmaPattern.LengthMax"/>, which names a few hundred ranges beside the 30
    /// categories.
    /// </summary>
    private const char FirstLetter = '\uE000';

    /// <summary>Where each interval of code points begins; all of an interval belong to one class.</summary>
    private readonly int[] starts;
    private readonly char[] letters;

    public PatternAlphabet(IReadOnlyList<CodePointSet> sets)
    {
        starts =
        [
            .. sets.SelectMany(set => set.Ranges)
                .SelectMany(range => new[] { range.First, range.Last + 1 })
                .Append(0)
                .Where(start => start <= CodePointSet.CodePointMax)
                .Distinct()
                .Order(),
        ];

        // Two intervals are in one class when the same sets hold them; a class is known by its place in the
        // list.
        var classes = new int[starts.Length];
        foreach (var set in sets.Distinct())
            Refine(classes, set);
        letters = [.. classes.Select(number => (char)(FirstLetter + number))];
    }

    /// <summary>The text with each code point replaced by the letter of its class.</summary>
    public string Spell(string text)
    {
        var spelled = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            spelled.Append(letters[IntervalOf(rune.Value)]);
        return spelled.ToString();
    }

    /// <summary>The set as a .NET regular expression that matches the letters of its classes.</summary>
    public string Express(CodePointSet set)
    {
        var members = set.Ranges
            .SelectMany(range => Enumerable.Range(IntervalOf(range.First), CountOfIntervals(range)))
            .Select(interval => letters[interval])
            .Distinct()
            .Order()
            .ToList();
        if (members.Count == 0)
            return @"[^\s\S]";

        var expression = new StringBuilder("[");
        foreach (var letter in members)
            expression.Append(CultureInfo.InvariantCulture, $@"\u{(int)letter:X4}");
        return expression.Append(']').ToString();
    }

    /// <summary>Splits each class into the intervals that the set holds and those that it does not.</summary>
    private void Refine(int[] classes, CodePointSet set)
    {
        var isHeld = new bool[classes.Length];
        foreach (var range in set.Ranges)
            Array.Fill(isHeld, true, IntervalOf(range.First), CountOfIntervals(range));

        var numbers = new Dictionary<(int Class, bool IsHeld), int>();
        for (var interval = 0; interval < classes.Length; interval++)
        {
            var part = (classes[interval], isHeld[interval]);
            if (!numbers.TryGetValue(part, out var number))
                numbers.Add(part, number = numbers.Count);
            classes[interval] = number;
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
