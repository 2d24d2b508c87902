namespace Bleepay.Grains.MetadataSchemas.Patterns;

/// <summary>
/// The syntax tree of a regular expression. Groups are resolved and lazy quantifiers are the same as greedy
/// ones, because only whether a text matches is of interest.
/// </summary>
internal abstract record PatternNode
{
    private PatternNode()
    {
    }

    /// <summary><c>^</c>, which without the m flag matches only at the start of the text.</summary>
    internal sealed record StartAssertion : PatternNode;

    /// <summary><c>$</c>, which without the m flag matches only at the end of the text.</summary>
    internal sealed record EndAssertion : PatternNode;

    /// <summary>Matches one code point of the set.</summary>
    internal sealed record Characters(CodePointSet Set) : PatternNode;

    internal sealed record Sequence(IReadOnlyList<PatternNode> Terms) : PatternNode;

    internal sealed record Choice(IReadOnlyList<PatternNode> Alternatives) : PatternNode;

    /// <param name="Max">Null when there is no upper bound.</param>
    internal sealed record Repetition(PatternNode Term, int Min, int? Max) : PatternNode;
}
