namespace Bleepay.Grains.MetadataSchemas.Patterns;

/// <summary>
/// Builds the position automaton of a regular expression (V. M. Glushkov, The Abstract Theory of Automata,
/// 1961), extended by assertions. Every occurrence of a character set, counted repetitions written in full, is
/// a position; there are no empty transitions. Assertions become conditions: <c>^</c> can hold only before the
/// first position of a match, <c>$</c> only after the last.
/// </summary>
internal sealed class PatternAutomatonBuilder
{
    private static readonly Part EmptyPart = new() { Empty = EmptyMatches.Anywhere };

    private readonly List<CodePointSet> sets = [];
    private readonly List<UInt128> follow = [];

    private PatternAutomatonBuilder()
    {
    }

    /// <param name="pattern">A pattern of at most <see cref="EcmaPattern.PositionsMax"/> positions.</param>
    public static PatternAutomaton Build(PatternNode pattern)
    {
        var builder = new PatternAutomatonBuilder();
        var whole = builder.PartOf(pattern);

        var positionsOf = new Dictionary<CodePointSet, UInt128>(ReferenceEqualityComparer.Instance);
        for (var position = 0; position < builder.sets.Count; position++)
            positionsOf[builder.sets[position]] =
                positionsOf.GetValueOrDefault(builder.sets[position]) | (UInt128.One << position);

        var classes = new CodePointClasses(positionsOf.Keys);
        var positionsOfClass = new UInt128[classes.Count];
        foreach (var (set, positions) in positionsOf)
        {
            foreach (var number in classes.ClassesOf(set))
                positionsOfClass[number] |= positions;
        }

        return new PatternAutomaton
        {
            Classes = classes,
            PositionsOfClass = positionsOfClass,
            Follow = [.. builder.follow],
            FirstAtStart = whole.First | whole.FirstAtStart,
            First = whole.First,
            Last = whole.Last,
            LastAtEnd = whole.Last | whole.LastAtEnd,
            MatchesAnyText =
                (whole.Empty & (EmptyMatches.Anywhere | EmptyMatches.AtStart | EmptyMatches.AtEnd)) != 0,
            MatchesEmptyText = whole.Empty != EmptyMatches.None,
        };
    }

    private Part PartOf(PatternNode node) => node switch
    {
        PatternNode.StartAssertion => new Part { Empty = EmptyMatches.AtStart },
        PatternNode.EndAssertion => new Part { Empty = EmptyMatches.AtEnd },
        PatternNode.Characters characters => Position(characters.Set),
        PatternNode.Sequence sequence => sequence.Terms.Aggregate(EmptyPart, (part, term) => Then(part, PartOf(term))),
        PatternNode.Choice choice => choice.Alternatives.Select(PartOf).Aggregate(Either),
        PatternNode.Repetition repetition => Repeat(repetition),
        _ => throw new ArgumentException($"Unknown node {node.GetType()}.", nameof(node)),
    };

    private Part Position(CodePointSet set)
    {
        var position = UInt128.One << sets.Count;
        sets.Add(set);
        follow.Add(UInt128.Zero);
        return new Part { First = position, Last = position };
    }

    private Part Repeat(PatternNode.Repetition repetition)
    {
        var part = EmptyPart;
        var copies = repetition.Max ?? Math.Max(1, repetition.Min);
        for (var copy = 1; copy <= copies; copy++)
        {
            var term = PartOf(repetition.Term);
            if (repetition.Max is null && copy == copies)
                Connect(term.Last, term.First);
            if (copy > repetition.Min)
                term = Either(term, EmptyPart);
            part = Then(part, term);
        }

        return part;
    }

    private Part Then(Part before, Part after)
    {
        Connect(before.Last, after.First);
        return new Part
        {
            Empty = BothEmpty(before.Empty, after.Empty),
            First = before.First | When(before.Empty, EmptyMatches.Anywhere, after.First),
            FirstAtStart = before.FirstAtStart
                | When(before.Empty, EmptyMatches.AtStart, after.First)
                | When(before.Empty, EmptyMatches.Anywhere | EmptyMatches.AtStart, after.FirstAtStart),
            Last = after.Last | When(after.Empty, EmptyMatches.Anywhere, before.Last),
            LastAtEnd = after.LastAtEnd
                | When(after.Empty, EmptyMatches.AtEnd, before.Last)
                | When(after.Empty, EmptyMatches.Anywhere | EmptyMatches.AtEnd, before.LastAtEnd),
        };
    }

    private static Part Either(Part one, Part other) => new()
    {
        Empty = one.Empty | other.Empty,
        First = one.First | other.First,
        FirstAtStart = one.FirstAtStart | other.FirstAtStart,
        Last = one.Last | other.Last,
        LastAtEnd = one.LastAtEnd | other.LastAtEnd,
    };

    private static UInt128 When(EmptyMatches empty, EmptyMatches anyOf, UInt128 positions) =>
        (empty & anyOf) != 0 ? positions : UInt128.Zero;

    /// <summary>Both match the empty text where the conditions of both hold; in an empty text all do.</summary>
    private static EmptyMatches BothEmpty(EmptyMatches one, EmptyMatches other)
    {
        var both = one & other;
        if ((one & EmptyMatches.Anywhere) != 0)
            both |= other;
        if ((other & EmptyMatches.Anywhere) != 0)
            both |= one;
        return one != EmptyMatches.None && other != EmptyMatches.None ? both | EmptyMatches.InEmptyText : both;
    }

    private void Connect(UInt128 from, UInt128 to)
    {
        if (from == UInt128.Zero || to == UInt128.Zero)
            return;

        for (var position = 0; position < follow.Count; position++)
        {
            if (((from >> position) & UInt128.One) != UInt128.Zero)
                follow[position] |= to;
        }
    }

    /// <summary>Where a part matches the empty text; a part can do so at several positions.</summary>
    [Flags]
    private enum EmptyMatches
    {
        None = 0,
        Anywhere = 1,
        AtStart = 2,
        AtEnd = 4,
        InEmptyText = 8,
    }

    /// <summary>The sets of Glushkov's construction for a part of the expression.</summary>
    private readonly record struct Part
    {
        public EmptyMatches Empty { get; init; }

        /// <summary>The positions that a match can begin with.</summary>
        public UInt128 First { get; init; }

        /// <summary>Those that it can begin with only at the start of the text.</summary>
        public UInt128 FirstAtStart { get; init; }

        /// <summary>The positions that a match can end with.</summary>
        public UInt128 Last { get; init; }

        /// <summary>Those that it can end with only at the end of the text.</summary>
        public UInt128 LastAtEnd { get; init; }
    }
}
