using System.Text;

namespace Bleepay.Grains.MetadataSchemas.Patterns;

/// <summary>
/// Reads what matches exactly one character (a literal, the dot, an escape, a class in brackets) as a set of
/// code points. Sets make negation and code points outside the basic plane exact.
/// </summary>
internal sealed class EcmaCharacterSets(EcmaPatternReader reader)
{
    private const string LineTerminators = "\n\r\u2028\u2029";
    private const string SyntaxCharacters = "^$\\.*+?()[]{}|/";
    private const int Backspace = 0x08;

    private static readonly CodePointSet Digits = CodePointSet.Of("0123456789");

    private static readonly CodePointSet WordCharacters =
        CodePointSet.Of(new CodePointRange('a', 'z'), new('A', 'Z'), new('0', '9'), new('_', '_'));

    /// <summary>ECMA-262 §22.2.2.9: WhiteSpace and LineTerminator, hence U+FEFF and not U+0085.</summary>
    private static readonly CodePointSet Spaces =
        CodePointSet.Of($"\t\v\f\uFEFF{LineTerminators}").Or(UnicodeProperties.SpaceSeparators);

    private static readonly CodePointSet NotLineTerminators = CodePointSet.Of(LineTerminators).Complement();

    public CodePointSet Read()
    {
        if (reader.Take('.'))
            return NotLineTerminators;
        if (reader.Take('['))
            return Class();
        if (reader.Take('\\'))
            return Escape(isInClass: false).Set;
        return CodePointSet.Of(reader.TakeCodePoint());
    }

    private CodePointSet Class()
    {
        var isNegated = reader.Take('^');
        var ranges = new List<CodePointRange>();
        while (reader.Next is not (null or ']'))
            ranges.AddRange(ClassMember().Ranges);

        if (!reader.Take(']'))
            reader.Fail("opens a class with '[' that is not closed");
        var set = CodePointSet.Of(ranges);
        return isNegated ? set.Complement() : set;
    }

    private CodePointSet ClassMember()
    {
        var first = ClassAtom();
        if (reader.Next != '-')
            return first.Set;

        reader.Take('-');
        if (reader.Next is ']')
            return first.Set.Or(CodePointSet.Of('-'));

        var last = ClassAtom();
        if (first.Character is not { } from || last.Character is not { } to)
            reader.Fail("has a range in a class that begins or ends with several characters");
        else if (from > to)
            reader.Fail("has a range in a class whose end comes before its beginning");
        else
            return CodePointSet.Of(new CodePointRange(from, to));

        return CodePointSet.None;
    }

    private Atom ClassAtom() =>
        reader.Take('\\') ? Escape(isInClass: true) : Atom.Of(reader.TakeCodePoint());

    private Atom Escape(bool isInClass)
    {
        switch (reader.Next)
        {
            case 'd' or 'D' or 's' or 'S' or 'w' or 'W' or 'p' or 'P':
                return new Atom(SetEscape(), null);
            case 'b' when isInClass:
                reader.Take('b');
                return Atom.Of(Backspace);
            case 'b' or 'B':
                reader.Fail("uses a word boundary, \\b or \\B, which is not supported");
                return Atom.Of(0);
            case 'k' or (>= '1' and <= '9'):
                reader.Fail("refers back to a group, which is not supported");
                return Atom.Of(0);
            default:
                return Atom.Of(CharacterEscape(isInClass));
        }
    }

    private CodePointSet SetEscape()
    {
        var letter = (char)reader.TakeCodePoint();
        var set = char.ToLowerInvariant(letter) switch
        {
            'd' => Digits,
            's' => Spaces,
            'w' => WordCharacters,
            _ => Property(),
        };
        return char.IsAsciiLetterUpper(letter) ? set.Complement() : set;
    }

    private CodePointSet Property()
    {
        var expression = reader.Take('{') ? reader.TakeUntil('}') : null;
        if (expression is not null && UnicodeProperties.TryFind(expression, out var set))
            return set;

        reader.Fail(
            $"uses \\p{{{expression}}}; only general categories such as \\p{{L}} or \\p{{Letter}}, "
            + "and \\p{Any}, \\p{ASCII} and \\p{Assigned}, are supported");
        return CodePointSet.None;
    }

    private int CharacterEscape(bool isInClass)
    {
        var letter = reader.Next;
        var character = reader.TakeCodePoint();
        var result = letter switch
        {
            't' => '\t',
            'n' => '\n',
            'v' => '\v',
            'f' => '\f',
            'r' => '\r',
            '0' when reader.Next is not (>= '0' and <= '9') => 0,
            'c' => Control(),
            'x' => reader.TakeHexadecimal(2),
            'u' => UnicodeEscape(),
            '-' when isInClass => '-',
            { } self when SyntaxCharacters.Contains(self, StringComparison.Ordinal) => self,
            _ => (int?)null,
        };

        if (result is null)
            reader.Fail($"has an escape that is not one: \\{(letter is null ? null : new Rune(character))}");
        return result ?? 0;
    }

    private int? Control()
    {
        const int ControlBits = 0x1F;
        return reader.Next is { } letter && char.IsAsciiLetter(letter)
            ? reader.TakeCodePoint() & ControlBits
            : null;
    }

    /// <summary>
    /// Two escapes that are the halves of a surrogate pair are one character under the u flag.
    /// </summary>
    private int? UnicodeEscape()
    {
        if (reader.Take('{'))
            return reader.TakeBracedCodePoint();

        const int DigitsPerUnit = 4;
        var lead = reader.TakeHexadecimal(DigitsPerUnit);
        return lead is { } unit && char.IsHighSurrogate((char)unit) && reader.TakeTrailEscape() is { } trail
            ? char.ConvertToUtf32((char)unit, trail)
            : lead;
    }

    /// <summary>
    /// What an escape or a literal matches. The character is null when it matches several.
    /// </summary>
    private readonly record struct Atom(CodePointSet Set, int? Character)
    {
        public static Atom Of(int character) => new(CodePointSet.Of(character), character);
    }
}
