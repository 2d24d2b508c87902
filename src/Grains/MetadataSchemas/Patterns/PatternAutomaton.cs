using System.Numerics;

namespace Bleepay.Grains.MetadataSchemas.Patterns;

/// <summary>
/// A nondeterministic automaton without empty transitions, simulated for all its positions at once. The set of
/// active positions is one <see cref="UInt128"/>, so a match allocates nothing, and each code point of the text
/// costs at most one step for each position. Backtracking takes exponential time, and the states of a
/// deterministic automaton can take exponential memory: <c>[ab]*a[ab]{30}</c> has 2^31 of them.
/// </summary>
internal sealed class PatternAutomaton
{
    private const int BitsPerHalf = 64;

    public required CodePointClasses Classes { private get; init; }

    /// <summary>By class of code points: the positions whose sets hold it.</summary>
    public required UInt128[] PositionsOfClass { private get; init; }

    /// <summary>By position: those that may match the next code point after it.</summary>
    public required UInt128[] Follow { private get; init; }

    /// <summary>The positions that may match the first code point of the text.</summary>
    public required UInt128 FirstAtStart { private get; init; }

    /// <summary>The positions that a match may begin with anywhere else.</summary>
    public required UInt128 First { private get; init; }

    /// <summary>The positions that complete a match, whatever follows.</summary>
    public required UInt128 Last { private get; init; }

    /// <summary>The positions that complete a match at the end of the text.</summary>
    public required UInt128 LastAtEnd { private get; init; }

    public required bool MatchesAnyText { private get; init; }

    public required bool MatchesEmptyText { private get; init; }

    /// <summary>Whether there is a match anywhere in the text; false once the budget is exceeded.</summary>
    public bool Matches(string text, PatternBudget budget)
    {
        if (MatchesAnyText || (MatchesEmptyText && text.Length == 0))
            return true;

        var active = UInt128.Zero;
        var candidates = FirstAtStart;
        foreach (var rune in text.EnumerateRunes())
        {
            active = candidates & PositionsOfClass[Classes.ClassOf(rune.Value)];
            if ((active & Last) != UInt128.Zero)
                return true;

            var steps = 1 + BitOperations.PopCount((ulong)active)
                + BitOperations.PopCount((ulong)(active >> BitsPerHalf));
            if (!budget.TrySpend(steps) || (active | First) == UInt128.Zero)
                return false;
            candidates = First | Followers(active);
        }

        return (active & LastAtEnd) != UInt128.Zero;
    }

    private UInt128 Followers(UInt128 active)
    {
        var followers = UInt128.Zero;
        for (var low = (ulong)active; low != 0; low &= low - 1)
            followers |= Follow[BitOperations.TrailingZeroCount(low)];
        for (var high = (ulong)(active >> BitsPerHalf); high != 0; high &= high - 1)
            followers |= Follow[BitsPerHalf + BitOperations.TrailingZeroCount(high)];
        return followers;
    }
}
