using Bleepay.Grains.Fields;
using Microsoft.Extensions.Logging;

namespace Bleepay.Grains.Chains;

/// <summary>Decides from which block a network is read on, and checks what can be wrong with its settings.</summary>
internal sealed partial class ChainStart(
    Chain chain, Providers providers, TimeSpan lifetime, TimeProvider clock, ILogger logger)
{
    /// <summary>The block above which reading begins.</summary>
    /// <param name="cursor">As stored; null for a network that was never watched.</param>
    /// <exception cref="DeepReorganisationException">The settled block is no longer on the chain.</exception>
    public async Task<ChainBlock> Find(ChainCursor? cursor, CancellationToken cancellation)
    {
        var latest = await providers.Ask(
            provider => provider.Client.Block(BlockTag.Latest, cancellation), cancellation);
        if (cursor is null || cursor.ChainId != chain.ChainId)
        {
            var first = chain.Options.StartBlock
                ?? await FirstSince(clock.GetUtcNow() - lifetime, latest, cancellation);
            return await Block(Math.Max(0, Math.Min(first - 1, latest.Number)), cancellation);
        }

        if (chain.Options.StartBlock - 1 >= cursor.Number)
            return await Skip(cursor, chain.Options.StartBlock!.Value - 1, cancellation);
        var oldest = clock.GetUtcNow() - chain.Options.LateWindow - lifetime;
        if (cursor.Time < oldest)
            return await Skip(cursor, await FirstSince(oldest, latest, cancellation) - 1, cancellation);

        var settled = await Block(cursor.Number, cancellation);
        return settled.Hash == cursor.Hash
            ? settled
            : throw await providers.SettledIsMissing(cursor.Number, cursor.Hash, cancellation);
    }

    /// <summary>Names every token whose contract returns other decimals than the settings.</summary>
    /// <returns>False if there is one: amounts would be wrong by powers of ten.</returns>
    public async Task<bool> AreDecimalsRight(CancellationToken cancellation)
    {
        var areRight = true;
        foreach (var token in chain.Currencies.Where(currency => currency.Address.Length > 0))
        {
            var found = await providers.Ask(
                provider => provider.Client.Decimals(FieldRules.NormalAddress(token.Address), cancellation),
                cancellation);
            if (found is null) LogNoDecimals(chain.Network, token.Symbol, token.Address);
            if (found is null || found == token.Decimals) continue;
            LogOtherDecimals(chain.Network, token.Symbol, token.Address, token.Decimals, found.Value);
            areRight = false;
        }

        return areRight;
    }

    private async Task<ChainBlock> Skip(ChainCursor cursor, long number, CancellationToken cancellation)
    {
        // What is read from the next block on does not depend on what this one was.
        if (number <= cursor.Number) return await Block(cursor.Number, cancellation);
        LogSkipped(chain.Network, cursor.Number + 1, number);
        ChainInstruments.SkippedBlocks(chain.Network, number - cursor.Number);
        return await Block(number, cancellation);
    }

    /// <summary>The first block of this time or later, found by halving.</summary>
    private async Task<long> FirstSince(DateTimeOffset time, ChainBlock latest, CancellationToken cancellation)
    {
        var (low, high) = (0L, latest.Number);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if ((await Block(middle, cancellation)).Time < time) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private Task<ChainBlock> Block(long number, CancellationToken cancellation) => providers.Ask(
        async provider => await provider.Client.Block(number, false, cancellation)
            ?? throw new RpcException(provider.Host, "eth_getBlockByNumber", RpcFault.Inconsistent),
        cancellation);

    [LoggerMessage(LogLevel.Error,
        "Network {Network}: blocks {From} to {To} are not read; payments in them have to be reported by hand")]
    private partial void LogSkipped(string network, long from, long to);

    [LoggerMessage(LogLevel.Warning, "Network {Network}: {Symbol} at {Address} does not return its decimals")]
    private partial void LogNoDecimals(string network, string symbol, string address);

    [LoggerMessage(LogLevel.Critical,
        "Network {Network}: {Symbol} at {Address} has {Found} decimals and not {Expected}; correct " +
        "Chains__{Network}__Tokens and restart. The network is not watched.")]
    private partial void LogOtherDecimals(string network, string symbol, string address, int expected, int found);
}
