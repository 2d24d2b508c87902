using Microsoft.Extensions.Logging;

namespace Bleepay.Grains.Chains;

/// <summary>
/// Reads blocks a second time, from another provider where there is one. Only this makes payments final and moves the
/// cursor: what the first provider has hidden is found, and what only one provider shows never counts.
/// </summary>
internal sealed partial class SettledPass(
    Chain chain, Providers providers, SettledSource sources, TransferReader reader, TransferReports reports,
    MissingTransfers missing, TimeProvider clock, ILogger logger)
{
    /// <summary>How long blocks without payments wait for others.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(30);

    /// <summary>The number of transfers that are read at once, unless one block has more, and decided by one
    /// statement.</summary>
    public const int TransfersAtOnce = 5_000;

    /// <summary>After this time new blocks are read first; the next step continues where this one ended.</summary>
    private static readonly TimeSpan RunTime = TimeSpan.FromMilliseconds(400);

    private TimeSpan ranAt;

    /// <summary>True if the last run ended before all blocks were read.</summary>
    private bool hasRest;

    /// <summary>The highest block that was read twice. The cursor is below while a payment waits longer.</summary>
    private (long Number, string Hash) verified;

    /// <summary>Settles what has reached its depth.</summary>
    public async Task Run(
        HeaderWindow<BlockTransfers> window, ChainBlock head, Func<ChainBlock, Task> settle,
        CancellationToken cancellation)
    {
        var finalNumber = await FinalNumber(window, head, cancellation);

        // The hash of a block is that of all blocks below it, so a reorganisation below it is seen here.
        if (verified.Number < window.Settled.Number || window.HashAt(verified.Number) != verified.Hash)
            verified = window.Settled;
        var target = Target(window, finalNumber);
        if (target <= window.Settled.Number) return;

        if (await sources.Choose(target, window.HashAt(target)!, cancellation) is not { } source) return;
        ranAt = clock.Uptime();
        hasRest = true;
        while (verified.Number < target && clock.Uptime() - ranAt < RunTime)
            if (!await Verify(window, End(window, target), source, cancellation)) return;

        hasRest = verified.Number < target;
        await reports.Report(
        [
            .. window.Entries.Where(entry => entry.Block.Number <= verified.Number)
                .SelectMany(entry => entry.Kept.Seen, (entry, seen) => (Seen: seen, Depth: Depth(window, entry.Block)))
                .Where(one => !one.Seen.IsFinal && one.Depth >= one.Seen.Required)
                .Select(one => (one.Seen, (int)Math.Min(one.Depth, int.MaxValue), true)),
        ]);
        await MoveCursor(window, finalNumber, settle);
    }

    /// <summary>Reads the blocks above the verified one a second time, up to this one.</summary>
    /// <returns>False if the second reading contradicts the first.</returns>
    private async Task<bool> Verify(
        HeaderWindow<BlockTransfers> window, long to, Provider source, CancellationToken cancellation)
    {
        var range = new BlockRange(verified.Number + 1, to, number => window.At(number)?.Block)
        {
            Below = verified.Hash,
        };
        var transfers = await providers.AskOnly(
            source, provider => reader.Read(provider, range, cancellation), cancellation);
        foreach (var together in transfers.Chunk(TransfersAtOnce))
        {
            var found = await providers.AskOnly(
                source, provider => reports.Decide([.. together], provider.Client, cancellation), cancellation);
            await missing.Found(found);
            Add(window, found);
        }

        if (IsContradicted(window, transfers, range.From, to)) return false;
        verified = (to, window.HashAt(to)!);
        return true;
    }

    /// <summary>The last block whose transfers, with those of the blocks before, can be read at once.</summary>
    private long End(HeaderWindow<BlockTransfers> window, long target)
    {
        var (end, count) = (verified.Number, 0);
        while (end < target && count < TransfersAtOnce) count += window.At(++end)!.Value.Kept.Count;
        return end;
    }

    /// <summary>The block with the tag that the settings wait for.</summary>
    public static Task<ChainBlock> Tagged(Chain chain, Providers providers, CancellationToken cancellation)
    {
        var tag = chain.Options.Finality == ChainFinality.Safe ? BlockTag.Safe : BlockTag.Finalized;
        return providers.Ask(provider => provider.Client.Block(tag, cancellation), cancellation);
    }

    /// <summary>The highest block that the settings allow to be final, whatever its depth.</summary>
    private async Task<long> FinalNumber(
        HeaderWindow<BlockTransfers> window, ChainBlock head, CancellationToken cancellation)
    {
        if (chain.Options.Finality == ChainFinality.Confirmations) return head.Number;
        var tagged = await Tagged(chain, providers, cancellation);

        // On another branch it is no evidence about this one.
        return window.HashAt(tagged.Number) is { } hash && hash != tagged.Hash ? window.Settled.Number : tagged.Number;
    }

    private long Target(HeaderWindow<BlockTransfers> window, long finalNumber)
    {
        var target = window.Settled.Number;
        foreach (var (block, kept) in window.Entries.Where(entry => entry.Block.Number <= finalNumber))
            if (kept.Seen.Exists(seen => !seen.IsFinal && Depth(window, block) >= seen.Required)) target = block.Number;

        var deep = Deepest(window, finalNumber);
        var isDue = hasRest
            || target > window.Settled.Number
            || deep - window.Settled.Number >= chain.Options.MaxReorganisation / 4
            || clock.Uptime() - ranAt >= Period;
        return isDue ? Math.Max(deep, target) : target;
    }

    /// <summary>What the head pass has missed is kept with its block from now on.</summary>
    private void Add(HeaderWindow<BlockTransfers> window, List<SeenTransfer> found)
    {
        foreach (var seen in found)
        {
            var known = window.At(seen.Transfer.BlockNumber)!.Value.Kept.Seen;
            if (known.Exists(one => one.Identity == seen.Identity)) continue;
            known.Add(seen);
            Missed(seen);
        }
    }

    /// <summary>Counts a payment that only the second reading shows.</summary>
    public void Missed(SeenTransfer seen)
    {
        ChainInstruments.MissedAtHead(chain.Network);
        LogMissed(chain.Network, seen.Transfer.TransactionId, seen.Transfer.BlockNumber);
    }

    /// <summary>
    /// True if the head pass has seen a transfer that the second reading of these blocks does not show.
    /// </summary>
    public bool IsContradicted(
        HeaderWindow<BlockTransfers> window, IEnumerable<Transfer> transfers, long from, long to)
    {
        var shown = transfers.Select(KeyOf).ToHashSet();
        var missing = window.Entries.Where(entry => entry.Block.Number >= from && entry.Block.Number <= to)
            .SelectMany(entry => entry.Kept.Seen)
            .FirstOrDefault(seen => !shown.Contains(KeyOf(seen.Transfer)));
        if (missing is null) return false;
        LogContradiction(missing.Transfer);
        return true;
    }

    public void LogContradiction(Transfer missing) =>
        LogContradicted(chain.Network, missing.TransactionId, missing.BlockNumber);

    /// <summary>What two readings of one block have in common.</summary>
    public static (TransferRecipient To, string TransactionId, int Index, string Amount) KeyOf(Transfer transfer) =>
        (transfer.To, transfer.TransactionId, transfer.Index, transfer.Amount);

    /// <summary>To the last block that is deep enough, below which every payment is final.</summary>
    private async Task MoveCursor(
        HeaderWindow<BlockTransfers> window, long finalNumber, Func<ChainBlock, Task> settle)
    {
        var last = Math.Min(verified.Number, Deepest(window, finalNumber));
        var waiting = window.Entries.FirstOrDefault(entry => entry.Kept.Seen.Exists(seen => !seen.IsFinal));
        if (waiting.Block is not null) last = Math.Min(last, waiting.Block.Number - 1);
        if (last <= window.Settled.Number || window.At(last) is not { } settled) return;
        await settle(settled.Block);
        window.Settle(last);
    }

    /// <summary>The highest block that is as deep as the settings require.</summary>
    private long Deepest(HeaderWindow<BlockTransfers> window, long finalNumber) =>
        Math.Min(window.Head.Number - chain.Options.Confirmations + 1, finalNumber);

    private static long Depth(HeaderWindow<BlockTransfers> window, ChainBlock block) =>
        window.Head.Number - block.Number + 1;

    [LoggerMessage(LogLevel.Error,
        "Network {Network}: transaction {TransactionId} was seen in block {Number}, and the second reading does not " +
        "show it; nothing is final until it does")]
    private partial void LogContradicted(string network, string transactionId, long number);

    [LoggerMessage(LogLevel.Warning,
        "Network {Network}: transaction {TransactionId} of block {Number} was found by the second reading only")]
    private partial void LogMissed(string network, string transactionId, long number);
}
