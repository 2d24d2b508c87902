namespace Bleepay.Grains.Chains;

/// <summary>
/// The latest block of a network: that of the current provider, unless it stays behind another. All are asked now and
/// then, so that a provider that stands still is noticed.
/// </summary>
internal sealed class ProviderHeads(Chain chain, Providers providers, TimeProvider clock)
{
    /// <summary>The number of polls without a new block after which the other providers are asked.</summary>
    public const int PollsWithoutNews = 5;

    /// <summary>In blocks. Providers receive a block at different times, so a smaller lag is normal.</summary>
    private const int LagMax = 5;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(15);

    private long highest;
    private int polls;
    private TimeSpan? comparedAt;

    /// <exception cref="NoProviderException">No provider answers.</exception>
    public async Task<ChainBlock> Latest(CancellationToken cancellation)
    {
        var (current, latest) = await providers.Ask(
            async provider => (provider, await provider.Client.Block(BlockTag.Latest, cancellation)), cancellation);
        polls = latest.Number > highest ? 0 : polls + 1;
        highest = Math.Max(highest, latest.Number);
        var standsStill = polls >= PollsWithoutNews;
        if (!standsStill && clock.Uptime() - comparedAt < Period) return latest;

        (polls, comparedAt) = (0, clock.Uptime());
        var heads = new List<(Provider Provider, ChainBlock Latest)> { (current, latest) };
        foreach (var other in providers.Ready().Where(provider => provider != current))
        {
            try
            {
                heads.Add((other, await providers.AskOnly(
                    other, provider => provider.Client.Block(BlockTag.Latest, cancellation), cancellation)));
            }
            catch (RpcException)
            {
                // It rests now.
            }
        }

        var best = heads.MaxBy(head => head.Latest.Number);
        foreach (var head in heads)
            ChainInstruments.Lags(chain.Network, head.Provider.Index, best.Latest.Number - head.Latest.Number);
        var isBehind = standsStill
            ? best.Latest.Number > highest && await StandsStill(current, cancellation)
            : best.Latest.Number - latest.Number > LagMax;
        if (!isBehind) return latest;
        providers.Prefer(best.Provider);
        return best.Latest;
    }

    /// <summary>
    /// Asks a provider once more after another has shown a new block: it may have come between their two answers.
    /// </summary>
    /// <returns>True if it does not have a new block, or does not answer.</returns>
    private async Task<bool> StandsStill(Provider provider, CancellationToken cancellation)
    {
        try
        {
            var latest = await providers.AskOnly(
                provider, one => one.Client.Block(BlockTag.Latest, cancellation), cancellation);
            return latest.Number <= highest;
        }
        catch (RpcException)
        {
            return true;
        }
    }
}
