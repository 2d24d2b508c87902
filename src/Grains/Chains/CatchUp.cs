using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Bleepay.Grains.Chains;

/// <summary>
/// Reads the final blocks of a network that is far behind, in ranges: several at once, each twice, and decides them in
/// order. The cursor follows range by range, so what is decided is not read again.
/// </summary>
internal sealed partial class CatchUp(
    Chain chain, Providers providers, SettledSource sources, TransferReader reader, TransferReports reports,
    MissingTransfers missing, SettledPass settledPass, IChainStore store, TimeProvider clock, ILogger logger)
{
    /// <summary>The number of ranges that are read at once.</summary>
    private const int RangesAtOnce = 4;

    private const int BlocksAtFirst = 50;

    /// <summary>What a range is to hold, so that the memory of those that are read is bounded.</summary>
    private const int TransfersOfRange = 10_000;

    /// <summary>Of more addresses all transfers are read.</summary>
    private const int RecipientsMax = 10 * LogFilter.RecipientsMax;

    /// <summary>
    /// A session is stored soon after the time of its creation. In older blocks no address is paid that is not known.
    /// </summary>
    private static readonly TimeSpan Storing = TimeSpan.FromMinutes(1);

    /// <summary>After a range that could not be decided, none is read for this time.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(30);

    private TimeSpan restsUntil;

    /// <param name="reached">Takes the window above what was read, after each range.</param>
    /// <param name="settle">Stores that everything up to a block is final.</param>
    public async Task Run(
        HeaderWindow<BlockTransfers> window, ChainBlock latest, Action<HeaderWindow<BlockTransfers>> reached,
        Func<ChainBlock, Task> settle, CancellationToken cancellation)
    {
        var final = latest.Number - chain.Options.Confirmations + 1;
        if (final - window.Head.Number <= chain.Options.Confirmations || clock.Uptime() < restsUntil) return;
        if (chain.Options.Finality != ChainFinality.Confirmations)
            final = Math.Min(final, (await SettledPass.Tagged(chain, providers, cancellation)).Number);
        if (final - window.Head.Number <= chain.Options.Confirmations) return;
        if (window.Entries.Count > 0 && !await IsOnChain(window.Head, cancellation)) return;

        var recipients = await Recipients();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var reading = new Queue<Task<FinalRange>>();
        var (next, blocks) = (window.Settled, BlocksAtFirst);
        try
        {
            while (true)
            {
                while (next.Number < final && reading.Count < RangesAtOnce)
                {
                    var to = Math.Min(final, next.Number + Math.Min(blocks, chain.Options.LogRange));
                    if (await Agreed(to, end.Token) is not { } agreed)
                    {
                        final = next.Number;
                        break;
                    }

                    reading.Enqueue(Read(
                        agreed.Source, next, next == window.Settled, agreed.Last, recipients, end.Token));
                    next = (agreed.Last.Number, agreed.Last.Hash);
                }

                if (!reading.TryPeek(out var first)) return;
                var range = await first;
                _ = reading.Dequeue();
                if (!await Decide(range, window, latest.Number, cancellation))
                {
                    restsUntil = clock.Uptime() + Rest;
                    return;
                }

                await settle(range.Last);
                if (window.At(range.Last.Number) is null) window = new(range.Last.Number, range.Last.Hash);
                else window.Settle(range.Last.Number);
                reached(window);
                blocks = NextSize(blocks, range);
            }
        }
        finally
        {
            await end.CancelAsync();
            await ((Task)Task.WhenAll(reading)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static int NextSize(int blocks, FinalRange range)
    {
        if (range.Transfers.Length > TransfersOfRange)
            return (int)Math.Max(1, (long)range.Blocks * TransfersOfRange / range.Transfers.Length);
        return range.Transfers.Length * 2 < TransfersOfRange
            ? Math.Min(blocks * 2, ChainOptions.LogRangeMax)
            : blocks;
    }

    /// <summary>Of another branch, the follower takes back first what it has reported.</summary>
    private async Task<bool> IsOnChain((long Number, string Hash) head, CancellationToken cancellation)
    {
        var block = await providers.Ask(
            provider => provider.Client.Block(head.Number, false, cancellation), cancellation);
        return block?.Hash == head.Hash;
    }

    /// <summary>The addresses whose transfers are of interest; null for all.</summary>
    private async Task<KnownRecipients?> Recipients()
    {
        var readAt = clock.GetUtcNow();
        return await store.ReadAddresses(chain.Network, RecipientsMax) is { } addresses
            ? new([.. addresses], readAt)
            : null;
    }

    /// <summary>The last block of a range, and the provider of its second reading, which has the same one.</summary>
    private async Task<(ChainBlock Last, Provider Source)?> Agreed(long number, CancellationToken cancellation)
    {
        var last = await providers.Ask(
            async provider => await provider.Client.Block(number, false, cancellation)
                ?? throw new RpcException(provider.Host, "eth_getBlockByNumber", RpcFault.Inconsistent),
            cancellation);
        return await sources.Choose(number, last.Hash, cancellation) is { } source ? (last, source) : null;
    }

    private async Task<FinalRange> Read(
        Provider source, (long Number, string Hash) below, bool isSettled, ChainBlock last,
        KnownRecipients? recipients, CancellationToken cancellation)
    {
        var foundation = await providers.AskOnly(
            source, provider => provider.Client.Block(below.Number, false, cancellation), cancellation);
        if (foundation?.Hash != below.Hash)
            throw isSettled
                ? await providers.SettledIsMissing(below.Number, below.Hash, cancellation)
                : new RpcException(source.Host, "eth_getBlockByNumber", RpcFault.Inconsistent);
        var range = new BlockRange(
            below.Number + 1, last.Number, number => number == last.Number ? last : null,
            recipients is { } known && last.Time + Storing < known.ReadAt ? known.Addresses : null)
        {
            Below = below.Hash,
        };
        var first = providers.Ask(provider => reader.Read(provider, range, cancellation), cancellation);
        var second = providers.AskOnly(source, provider => reader.Read(provider, range, cancellation), cancellation);
        await Task.WhenAll(first, second);
        var keys = (await second).Select(SettledPass.KeyOf).ToHashSet();
        var firstKeys = (await first).Select(SettledPass.KeyOf).ToHashSet();
        return new(
            source, below.Number + 1, last, await second,
            [.. (await first).Where(transfer => !keys.Contains(SettledPass.KeyOf(transfer)))],
            [.. keys.Where(key => !firstKeys.Contains(key))]);
    }

    /// <summary>Reports the payments of a range as final.</summary>
    /// <returns>False where one of them is contradicted, or waits for more blocks than there are.</returns>
    private async Task<bool> Decide(
        FinalRange range, HeaderWindow<BlockTransfers> window, long head, CancellationToken cancellation)
    {
        if (window.HashAt(range.Last.Number) is { } hash && hash != range.Last.Hash) return false;
        if (settledPass.IsContradicted(window, range.Transfers, range.From, range.Last.Number)) return false;
        if (await Decide(range.Source, range.OnlyFirst, cancellation) is [var hidden, ..])
        {
            settledPass.LogContradiction(hidden.Transfer);
            return false;
        }

        var isFinal = true;
        foreach (var together in range.Transfers.Chunk(SettledPass.TransfersAtOnce))
        {
            var seen = await Decide(range.Source, [.. together], cancellation);
            await missing.Found(seen);
            foreach (var late in seen.Where(one => range.OnlySecond.Contains(SettledPass.KeyOf(one.Transfer))))
                settledPass.Missed(late);
            isFinal &= seen.TrueForAll(one => head - one.Transfer.BlockNumber + 1 >= one.Required);
            await reports.Report([.. seen.Select(one => Due(one, head - one.Transfer.BlockNumber + 1))]);
        }

        ChainInstruments.CaughtUp(chain.Network, range.Blocks, range.Transfers.Length);
        LogRead(chain.Network, range.From, range.Last.Number, range.Transfers.Length);
        return isFinal;

        static (SeenTransfer, int, bool) Due(SeenTransfer seen, long depth) => depth >= seen.Required
            ? (seen, (int)Math.Min(depth, int.MaxValue), true)
            : (seen, ConfirmationSteps.Shown(depth, seen.Required), false);
    }

    private Task<List<SeenTransfer>> Decide(
        Provider source, ImmutableArray<Transfer> transfers, CancellationToken cancellation) =>
        providers.AskOnly(source, provider => reports.Decide(transfers, provider.Client, cancellation), cancellation);

    [LoggerMessage(LogLevel.Debug, "Network {Network}: blocks {From} to {To} were read, with {Transfers} transfers")]
    private partial void LogRead(string network, long from, long to, int transfers);

    /// <summary>The addresses that sessions have used, as of a time.</summary>
    private readonly record struct KnownRecipients(ImmutableHashSet<string> Addresses, DateTimeOffset ReadAt);

    /// <summary>A range as it was read twice.</summary>
    /// <param name="Transfers">Of the second reading.</param>
    /// <param name="OnlyFirst">What the second reading does not show.</param>
    /// <param name="OnlySecond">What the first does not show.</param>
    private sealed record FinalRange(
        Provider Source, long From, ChainBlock Last, ImmutableArray<Transfer> Transfers,
        ImmutableArray<Transfer> OnlyFirst,
        ImmutableHashSet<(TransferRecipient To, string TransactionId, int Index, string Amount)> OnlySecond)
    {
        public int Blocks => (int)(Last.Number - From + 1);
    }
}
