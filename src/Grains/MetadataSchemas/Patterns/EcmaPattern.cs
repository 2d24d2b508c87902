using System.Diagnostics.CodeAnalysis;

namespace Bleepay.Grains.MetadataSchemas.Patterns;

/// <summary>
/// A regular expression of ECMA-262 §22.2 with the <c>u</c> flag, not anchored: the dialect of Core §6.4. It
/// matches in time linear in the text and without allocating.
/// </summary>
internal sealed class EcmaPattern
{
    /// <summary>The maximum length of the source, in UTF-16 units.</summary>
    public const int LengthMax = 512;

    /// <summary>
    /// The maximum number of positions: characters and classes, once counted repetitions are written in full.
    /// <c>a{100000}</c> is short, and has 100,000. One for each bit of the set in
    /// <see cref="PatternAutomaton"/>.
    /// </summary>
    public const int PositionsMax = 128;

    private readonly string source;
    private readonly PatternAutomaton automaton;

    private EcmaPattern(string source, PatternAutomaton automaton, int positions)
    {
        this.source = source;
        this.automaton = automaton;
        Positions = positions;
    }

    /// <summary>Its positions, and one for each iteration of a counted repetition that has none.</summary>
    public int Positions { get; }

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

        if (!EcmaPatternParser.TryParse(source, out var syntax, out var positions, out problem))
            return false;

        pattern = new EcmaPattern(source, PatternAutomatonBuilder.Build(syntax), positions);
        return true;
    }

    /// <summary>Whether the pattern matches anywhere in the text; false once the budget is exceeded.</summary>
    public bool Matches(string text, PatternBudget budget) => automaton.Matches(text, budget);

    /// <summary>The pattern as its author wrote it.</summary>
    public override string ToString() => source;
}
