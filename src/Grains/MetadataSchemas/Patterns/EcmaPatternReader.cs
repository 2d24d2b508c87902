using System.Globalization;
using System.Text;

namespace Bleepay.Grains.MetadataSchemas.Patterns;

/// <summary>
/// A position in the source of a regular expression. After a failure it stays at the end, so that the parser
/// terminates without checks.
/// </summary>
internal sealed class EcmaPatternReader(string source)
{
    /// <summary>Larger numbers are read as this; no repetition or code point is as large.</summary>
    private const int NumberMax = 100_000_000;

    private int position;

    public string? Problem { get; private set; }

    /// <summary>The next UTF-16 unit; null at the end.</summary>
    public char? Next => position < source.Length ? source[position] : null;

    /// <summary>The unit that was taken last; null before the first.</summary>
    public char? Previous => position > 0 ? source[position - 1] : null;

    public void Fail(string problem)
    {
        Problem ??= problem;
        position = source.Length;
    }

    public bool Take(char expected)
    {
        if (Next != expected)
            return false;
        position++;
        return true;
    }

    public bool Take(string expected)
    {
        if (!source.AsSpan(position).StartsWith(expected, StringComparison.Ordinal))
            return false;
        position += expected.Length;
        return true;
    }

    /// <summary>Takes the next code point, both halves of a surrogate pair together; 0 at the end.</summary>
    public int TakeCodePoint()
    {
        if (position >= source.Length || !Rune.TryGetRuneAt(source, position, out var rune))
            return 0;
        position += rune.Utf16SequenceLength;
        return rune.Value;
    }

    /// <summary>Takes what precedes the end mark, and the mark; null when there is no such mark.</summary>
    public string? TakeUntil(char endMark)
    {
        var end = source.IndexOf(endMark, position);
        if (end < 0)
            return null;

        var taken = source[position..end];
        position = end + 1;
        return taken;
    }

    /// <summary>Takes all decimal digits that follow; null when there are none.</summary>
    public int? TakeNumber()
    {
        long? number = null;
        for (; Next is { } digit && char.IsAsciiDigit(digit); position++)
            number = Math.Min(((number ?? 0) * 10) + (digit - '0'), NumberMax);
        return (int?)number;
    }

    /// <summary>
    /// Takes <paramref name="length"/> hexadecimal digits; null, taking nothing, when there are fewer.
    /// </summary>
    public int? TakeHexadecimal(int length)
    {
        var digits = source.AsSpan(position, Math.Min(length, source.Length - position));
        if (digits.Length < length || !IsHexadecimal(digits))
            return null;

        position += length;
        return int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }

    /// <summary>Takes what follows <c>\u{</c>; null when that is not a code point.</summary>
    public int? TakeBracedCodePoint()
    {
        if (TakeUntil('}') is not { Length: > 0 } digits || !IsHexadecimal(digits))
            return null;

        const int CodePointDigitsMax = 6;
        var significant = digits.TrimStart('0').PadLeft(1, '0');
        if (significant.Length > CodePointDigitsMax)
            return null;

        var codePoint = int.Parse(significant, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return codePoint <= CodePointSet.CodePointMax ? codePoint : null;
    }

    /// <summary>
    /// Takes an escape of a low surrogate, such as <c>\uDE00</c>; null, taking nothing, otherwise.
    /// </summary>
    public char? TakeTrailEscape()
    {
        const int DigitsPerUnit = 4;
        var start = position;
        if (Take("\\u") && TakeHexadecimal(DigitsPerUnit) is { } unit && char.IsLowSurrogate((char)unit))
            return (char)unit;

        position = start;
        return null;
    }

    private static bool IsHexadecimal(ReadOnlySpan<char> text)
    {
        foreach (var character in text)
        {
            if (!char.IsAsciiHexDigit(character))
                return false;
        }

        return true;
    }
}
