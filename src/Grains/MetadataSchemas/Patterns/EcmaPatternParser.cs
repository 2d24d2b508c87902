using System.Diagnostics.CodeAnalysis;

namespace Bleepay.Grains.MetadataSchemas.Patterns;

/// <summary>
/// Parses the grammar of ECMA-262 §22.2.1: disjunctions, assertions, quantifiers, groups. Each method returns
/// what it has parsed together with its size: the number of positions it takes in an automaton, and at least
/// one for each iteration of a counted repetition.
/// </summary>
internal sealed class EcmaPatternParser
{
    private readonly EcmaPatternReader reader;
    private readonly EcmaCharacterSets characterSets;
    private readonly HashSet<string> groupNames = new(StringComparer.Ordinal);

    private EcmaPatternParser(string source)
    {
        reader = new EcmaPatternReader(source);
        characterSets = new EcmaCharacterSets(reader);
    }

    /// <param name="size">At most <see cref="EcmaPattern.PositionsMax"/>.</param>
    /// <param name="problem">When the source is refused, why: a predicate of the regular expression.</param>
    public static bool TryParse(
        string source,
        [NotNullWhen(true)] out PatternNode? pattern,
        out int size,
        [NotNullWhen(false)] out string? problem)
    {
        var parser = new EcmaPatternParser(source);
        var parsed = parser.Disjunction();
        if (parser.reader.Next == ')')
            parser.reader.Fail("closes a group that was not opened");

        problem = parser.reader.Problem;
        pattern = problem is null ? parsed.Node : null;
        size = problem is null ? (int)parsed.Size : 0;
        return pattern is not null;
    }

    private Sized Disjunction()
    {
        var alternatives = new List<PatternNode>();
        var size = 0L;
        do
        {
            var alternative = Alternative();
            alternatives.Add(alternative.Node);
            size += alternative.Size;
        }
        while (reader.Take('|'));

        if (size > EcmaPattern.PositionsMax)
            reader.Fail(
                $"spells out more than {EcmaPattern.PositionsMax} characters once its repetitions are written "
                + "in full; repeat less, or bound the length with minLength and maxLength");
        return new(alternatives.Count == 1 ? alternatives[0] : new PatternNode.Choice(alternatives), size);
    }

    private Sized Alternative()
    {
        var terms = new List<PatternNode>();
        var size = 0L;
        while (reader.Next is not (null or '|' or ')'))
        {
            var term = Term();
            terms.Add(term.Node);
            size += term.Size;
        }

        return new(terms.Count == 1 ? terms[0] : new PatternNode.Sequence(terms), size);
    }

    private Sized Term()
    {
        if (reader.Take('^'))
            return new(new PatternNode.StartAssertion(), 0);
        if (reader.Take('$'))
            return new(new PatternNode.EndAssertion(), 0);

        return Quantified(Atom());
    }

    private Sized Atom()
    {
        if (reader.Take('('))
            return Group();
        if (reader.Next is '*' or '+' or '?' or '{')
            reader.Fail($"has a '{reader.Next}' where there is nothing to repeat");
        else if (reader.Next is ']' or '}')
            reader.Fail($"has a '{reader.Next}' without a partner; write \\{reader.Next}");

        return new(new PatternNode.Characters(characterSets.Read()), 1);
    }

    private Sized Group()
    {
        if (reader.Take("?=") || reader.Take("?!") || reader.Take("?<=") || reader.Take("?<!"))
            reader.Fail("looks ahead or behind, which is not supported");
        else if (reader.Take("?<"))
            GroupName();
        else if (!reader.Take("?:") && reader.Next == '?')
            reader.Fail("has a group that begins with '?' in a way that is not supported");

        var content = Disjunction();
        if (!reader.Take(')'))
            reader.Fail("opens a group that is not closed");
        return content;
    }

    /// <summary>Names are checked, though unused: ECMA-262 refuses an invalid one.</summary>
    private void GroupName()
    {
        var name = reader.TakeUntil('>');
        if (name is null || name.Length == 0 || char.IsDigit(name[0])
            || !name.All(character => char.IsLetterOrDigit(character) || character is '_' or '$'))
            reader.Fail("names a group with something other than letters, digits, '_' and '$'");
        else if (!groupNames.Add(name))
            reader.Fail($"names two groups '{name}'");
    }

    private Sized Quantified(Sized atom)
    {
        (int Min, int? Max) count;
        if (reader.Take('*'))
            count = (0, null);
        else if (reader.Take('+'))
            count = (1, null);
        else if (reader.Take('?'))
            count = (0, 1);
        else if (reader.Take('{'))
            count = Count();
        else
            return atom;

        reader.Take('?');
        var copies = Math.Max(1, count.Max ?? count.Min);
        var size = Math.Max(1, atom.Size) * copies;
        return new(new PatternNode.Repetition(atom.Node, count.Min, count.Max), size);
    }

    /// <summary>Reads <c>{n}</c>, <c>{n,}</c> or <c>{n,m}</c> after its brace.</summary>
    private (int Min, int? Max) Count()
    {
        var min = reader.TakeNumber();
        var max = reader.Take(',') ? reader.TakeNumber() : min;
        var isOpen = reader.Previous == ',';
        if (min is null || (max is null && !isOpen) || !reader.Take('}'))
            reader.Fail(
                "has a '{' that begins no repetition such as {2} or {2,3}; write \\{ for the character");
        else if (max < min)
            reader.Fail("has a repetition whose upper number is below its lower one");

        return (min ?? 0, max);
    }

    private readonly record struct Sized(PatternNode Node, long Size);
}
