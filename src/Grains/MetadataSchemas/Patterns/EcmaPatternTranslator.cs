using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Bleepay.Grains.MetadataSchemas.Patterns;

/// <summary>
/// Translates the grammar of ECMA-262 §22.2.1 (disjunctions, assertions, quantifiers, groups) to that of
/// .NET, in the letters of a <see cref="PatternAlphabet"/>. Only whether a text matches is ever asked, so
/// groups do not capture and lazy quantifiers are written as greedy ones. Each method returns the size of
/// what it wrote.
/// </summary>
internal sealed class EcmaPatternTranslator
{
    private readonly EcmaPatternReader reader;
    private readonly EcmaCharacterSets characterSets;
    private readonly List<Piece> pieces = [];
    private readonly HashSet<string> groupNames = new(StringComparer.Ordinal);

    private EcmaPatternTranslator(string source)
    {
        reader = new EcmaPatternReader(source);
        characterSets = new EcmaCharacterSets(reader);
    }

    public static bool TryTranslate(
        string source,
        [NotNullWhen(true)] out EcmaPatternTranslation? translation,
        [NotNullWhen(false)] out string? problem)
    {
        var translator = new EcmaPatternTranslator(source);
        var size = translator.Disjunction();
        if (translator.reader.Next == ')')
            translator.reader.Fail("closes a group that was not opened");

        problem = translator.reader.Problem;
        translation = problem is null ? translator.Write((int)size) : null;
        return translation is not null;
    }

    private EcmaPatternTranslation Write(int size)
    {
        var alphabet = new PatternAlphabet([.. pieces.Select(piece => piece.Set).OfType<CodePointSet>()]);
        var texts = pieces.Select(piece => piece.Set is { } set ? alphabet.Express(set) : piece.Text);
        return new EcmaPatternTranslation(string.Concat(texts), alphabet, size);
    }

    private void Emit(string text) => pieces.Add(new Piece(text, null));

    private long Disjunction()
    {
        var size = Alternative();
        while (reader.Take('|'))
        {
            Emit("|");
            size += Alternative();
        }

        if (size > EcmaPattern.PositionsMax)
            reader.Fail(
                $"spells out more than {EcmaPattern.PositionsMax} characters once its repetitions are written "
                + "in full; repeat less, or bound the length with minLength and maxLength");
        return size;
    }

    private long Alternative()
    {
        var size = 0L;
        while (reader.Next is not (null or '|' or ')'))
            size += Term();
        return size;
    }

    private long Term()
    {
        // Without the m flag these mean the ends of the text; the $ of .NET would also match before a last
        // \n.
        if (reader.Take('^'))
            return Assertion(@"\A");
        if (reader.Take('$'))
            return Assertion(@"\z");

        return Quantified(Atom());
    }

    private int Assertion(string translation)
    {
        Emit(translation);
        return 0;
    }

    private long Atom()
    {
        if (reader.Take('('))
            return Group();
        if (reader.Next is '*' or '+' or '?' or '{')
            reader.Fail($"has a '{reader.Next}' where there is nothing to repeat");
        else if (reader.Next is ']' or '}')
            reader.Fail($"has a '{reader.Next}' without a partner; write \\{reader.Next}");

        pieces.Add(new Piece("", characterSets.Read()));
        return 1;
    }

    private long Group()
    {
        if (reader.Take("?=") || reader.Take("?!") || reader.Take("?<=") || reader.Take("?<!"))
            reader.Fail("looks ahead or behind, which is not supported");
        else if (reader.Take("?<"))
            GroupName();
        else if (!reader.Take("?:") && reader.Next == '?')
            reader.Fail("has a group that begins with '?' in a way that is not supported");

        Emit("(?:");
        var size = Disjunction();
        Emit(")");
        if (!reader.Take(')'))
            reader.Fail("opens a group that is not closed");
        return size;
    }

    /// <summary>Names are checked, though unused: ECMA-262 has an unusable name be an error.</summary>
    private void GroupName()
    {
        var name = reader.TakeUntil('>');
        if (name is null || name.Length == 0 || char.IsDigit(name[0])
            || !name.All(character => char.IsLetterOrDigit(character) || character is '_' or '$'))
            reader.Fail("names a group with something other than letters, digits, '_' and '$'");
        else if (!groupNames.Add(name))
            reader.Fail($"names two groups '{name}'");
    }

    private long Quantified(long size)
    {
        var written = 1L;
        if (reader.Take('*'))
            Emit("*");
        else if (reader.Take('+'))
            Emit("+");
        else if (reader.Take('?'))
            Emit("?");
        else if (reader.Take('{'))
            written = Repetition();
        else
            return size;

        reader.Take('?');
        return Math.Max(1, size) * Math.Max(1, written);
    }

    /// <summary>Writes <c>{n}</c>, <c>{n,}</c> or <c>{n,m}</c> and returns the larger number in it.</summary>
    private long Repetition()
    {
        var least = reader.TakeNumber();
        var most = reader.Take(',') ? reader.TakeNumber() : least;
        var isOpen = reader.Previous == ',';
        if (least is null || (most is null && !isOpen) || !reader.Take('}'))
            reader.Fail(
                "has a '{' that begins no repetition such as {2} or {2,3}; write \\{ for the character");
        else if (most < least)
            reader.Fail("has a repetition whose upper number is below its lower one");

        Emit(string.Create(CultureInfo.InvariantCulture, $"{{{least},{most}}}"));
        return Math.Max(least ?? 0, most ?? 0);
    }

    /// <summary>
    /// A part of the translation: text of .NET, or a set that is written once the letters are known.
    /// </summary>
    private readonly record struct Piece(string Text, CodePointSet? Set);
}

/// <param name="Expression">What .NET matches, against texts spelled in the letters of the alphabet.</param>
/// <param name="Size">How many characters the expression spells out, counted repetitions in full.</param>
internal sealed record EcmaPatternTranslation(string Expression, PatternAlphabet Alphabet, int Size);
