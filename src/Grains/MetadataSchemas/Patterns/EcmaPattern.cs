using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Bleepay.Grains.MetadataSchemas.Patterns;

/// <summary>
/// A regular expression of ECMA-262 §22.2 with the <c>u</c> flag, not anchored: the dialect of Core §6.4. It
/// is translated to one that .NET matches without backtracking, in time linear in the text.
/// </summary>
internal sealed class EcmaPattern
{
    /// <summary>How long the source may be, in UTF-16 units.</summary>
    public const int LengthMax = 512;

    /// <summary>
    /// How many characters the pattern may spell out once its counted repetitions are written in full:
    /// <c>a{100000}</c> is short, and 100,000 characters large. Matching takes time linear in the text, but
    /// for each of its characters up to the square of this: (?:\w*a){100} is the kind of pattern that shows
    /// it.
    /// </summary>
    public const int PositionsMax = 128;

    private readonly string source;
    private readonly PatternAlphabet alphabet;
    private readonly Regex regex;

    private EcmaPattern(string source, EcmaPatternTranslation translation)
    {
        const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;
        this.source = source;
        alphabet = translation.Alphabet;
        regex = new Regex(translation.Expression, Options, Regex.InfiniteMatchTimeout);
        Size = translation.Size;
    }

    /// <summary>What is bounded by <see cref="PositionsMax"/>.</summary>
    public int Size { get; }

    /// <param name="problem">When the source is refused, why: a predicate of the regular expression.</param>
    public static bool TryCreate(
        string source,
        [NotNullWhen(true)] out EcmaPattern? pattern,
        [NotNullWhen(false)] out string? problem)
    {
        pattern = null;
        if (source.Length > LengthMax)
        {
            problem = $"is longer than {LengthMax} characters";
            return false;
        }

        if (!EcmaPatternTranslator.TryTranslate(source, out var translation, out problem))
            return false;

        try
        {
            pattern = new EcmaPattern(source, translation);
            return true;
        }
        catch (NotSupportedException)
        {
            // .NET has a limit of its own on the size of what it matches without backtracking.
            problem = "is too large to be matched safely; repeat less";
            return false;
        }
    }

    public bool Matches(string text) => regex.IsMatch(alphabet.Spell(text));

    /// <summary>The pattern as its author wrote it.</summary>
    public override string ToString() => source;
}
