namespace Bleepay.Grains.Chains;

/// <summary>
/// The blocks of one branch above the settled one, in order and without a gap, each with what the watcher keeps of it.
/// No input or output: the caller reads blocks and passes them in.
/// </summary>
/// <typeparam name="T">What is kept with a block.</typeparam>
internal sealed class HeaderWindow<T>
{
    private readonly List<Entry> entries = [];
    private (long Number, string Hash) settled;

    /// <param name="number">Of the settled block, which no reorganisation may remove.</param>
    public HeaderWindow(long number, string hash) => settled = (number, hash);

    /// <summary>A block, and what is kept with it.</summary>
    public readonly record struct Entry(ChainBlock Block, T Kept);

    /// <summary>The block below the first entry.</summary>
    public (long Number, string Hash) Settled => settled;

    /// <summary>The last block of the branch: the settled one where there is no other.</summary>
    public (long Number, string Hash) Head =>
        entries is [.., var last] ? (last.Block.Number, last.Block.Hash) : settled;

    /// <summary>Above the settled block, the lowest first.</summary>
    public IReadOnlyList<Entry> Entries => entries;

    /// <summary>The hash of the branch's block with this number; null outside of the window.</summary>
    public string? HashAt(long number) =>
        number == settled.Number ? settled.Hash : At(number)?.Block.Hash;

    /// <summary>The block with this number, unless it is outside of the window or the settled one.</summary>
    public Entry? At(long number)
    {
        var index = number - settled.Number - 1;
        return index >= 0 && index < entries.Count ? entries[(int)index] : null;
    }

    /// <summary>True if the block can be added: it is the child of the head.</summary>
    public bool IsNext(ChainBlock block) => block.Number == Head.Number + 1 && block.ParentHash == Head.Hash;

    /// <summary>Adds the child of the head.</summary>
    /// <exception cref="ArgumentException">It is not.</exception>
    public void Add(ChainBlock block, T kept)
    {
        if (!IsNext(block))
            throw new ArgumentException($"Block {block.Number} is no child of the head.", nameof(block));
        entries.Add(new(block, kept));
    }

    /// <summary>True if this block's parent is in the window, or is the settled block: a branch begins there.</summary>
    public bool Joins(ChainBlock block) => HashAt(block.Number - 1) == block.ParentHash;

    /// <summary>Takes back the blocks above a number, the highest first.</summary>
    /// <param name="number">At least that of the settled block.</param>
    public IReadOnlyList<Entry> Rewind(long number)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(number, settled.Number);
        var kept = (int)Math.Min(number - settled.Number, entries.Count);
        var removed = entries[kept..];
        entries.RemoveRange(kept, entries.Count - kept);
        removed.Reverse();
        return removed;
    }

    /// <summary>Settles the blocks up to a number: they leave the window.</summary>
    /// <param name="number">A number in the window.</param>
    public void Settle(long number)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(number, settled.Number);
        var count = (int)(number - settled.Number);
        if (count == 0) return;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, entries.Count, nameof(number));
        settled = (entries[count - 1].Block.Number, entries[count - 1].Block.Hash);
        entries.RemoveRange(0, count);
    }
}
