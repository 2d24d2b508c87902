using System.Collections.Immutable;

namespace Bleepay.Grains.Chains;

/// <summary>Blocks that follow each other, and what of them is of interest.</summary>
/// <param name="To">Included, as <paramref name="From"/> is.</param>
/// <param name="Known">The block with a number as it was read before, or null for one that has not been.</param>
/// <param name="Recipients">The only addresses whose transfers are of interest, in lower case; null for all.</param>
internal sealed record BlockRange(
    long From, long To, Func<long, ChainBlock?> Known, ImmutableHashSet<string>? Recipients = null)
{
    /// <summary>The hash of the block below the first; null where it was not read.</summary>
    public string? Below { get; init; }

    public IEnumerable<long> Numbers
    {
        get
        {
            for (var number = From; number <= To; number++) yield return number;
        }
    }

    /// <summary>
    /// True if these are blocks of the range, each the one that is known or a child of the one below.
    /// </summary>
    /// <param name="blocks">In their order; some may be missing.</param>
    public bool Has(IReadOnlyList<ChainBlock> blocks)
    {
        var (number, hash) = (From - 1, Below);
        foreach (var block in blocks)
        {
            if (Known(block.Number) is { } known && known.Hash != block.Hash) return false;
            if (hash is not null && block.Number == number + 1 && block.ParentHash != hash) return false;
            (number, hash) = (block.Number, block.Hash);
        }

        return true;
    }
}
