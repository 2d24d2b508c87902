namespace Bleepay.Grains.Chains;

/// <summary>
/// The number of blocks in one request to a provider. It adapts to the limit, which providers do not publish.
/// </summary>
internal sealed class AdaptiveRange
{
    private const int SuccessesToGrow = 10;

    private readonly int max;
    private int successes;

    /// <param name="max">What it begins with.</param>
    public AdaptiveRange(int max) => Blocks = this.max = max;

    public int Blocks { get; private set; }

    /// <summary>The number of requests that this many blocks take.</summary>
    public long RequestsFor(long blocks) => (blocks + Blocks - 1) / Blocks;

    /// <summary>Halves the range.</summary>
    /// <returns>False where there is nothing left to halve.</returns>
    public bool TryShrink(int refused)
    {
        successes = 0;
        if (refused <= 1) return false;
        Blocks = Math.Max(1, Math.Min(Blocks, refused / 2));
        return true;
    }

    /// <summary>After ten answers in a row the range grows by a quarter: a limit may have been lifted.</summary>
    public void Answered()
    {
        if (++successes < SuccessesToGrow) return;
        successes = 0;
        Blocks = (int)Math.Min(max, Blocks + Math.Max(1, Blocks / 4L));
    }
}
