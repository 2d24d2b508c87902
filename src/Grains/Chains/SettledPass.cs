using Microsoft.Extensions.Logging;

namespace Bleepay.Grains.Chains;

/// <summary>
/// Reads blocks a second time, from another provider where there is one. Only this makes payments final and moves the
/// cursor: what the first provider has hidden is found, and what only one provider shows never counts.
/// </summary>
internal sealed partial class SettledPass(
    Chain chain, Providers providers, TransferReader reader, TransferReports reports, MissingTransfers missing,
    TimeProvider clock, ILogger logger)
{
    /// <summary>How long blocks without payments wait for others.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(30);

    /// <summary>How long another provider is waited for before the same is asked again.</summary>
    private static readonly TimeSpan OtherPatience = TimeSpan.FromSeconds(60);

    /// <summary>The number of transfers that are decided by one statement.</summary>
    private const int TransfersAtOnce = 5_000;

    private TimeSpan ranAt;
    private TimeSpan otherAnsweredAt = clock.Uptime();

    /// <summary>The highest block that was read twice. The cursor is below while a payment waits longer.</summary>
    private long verified;

    /// <summary>Settles what has reached its depth.</summary>
    public async Task Run(
        HeaderWindow<BlockTransfers> window, ChainBlock head, Func<ChainBlock, Task> settle,
        CancellationToken cancellation)
    {
        var finalNumber = await FinalNumber(window, head, cancellation);
        verified = Math.Max(Math.Min(verified, window.Head.Number), window.Settled.Number);
        var target = Target(window, finalNumber);
        if (target <= window.Settled.Number) return;

        var from = window.Settled.Number + 1;
        if (await Source(target, window.HashAt(target)!, cancellation) is not { } source) return;
        ranAt = clock.Uptime();
        var transfers = await providers.AskOnly(
            source,
            provider => reader.Read(provider, from, target, number => window.At(number)?.Block, cancellation),
            cancellation);
        foreach (var together in transfers.Chunk(TransfersAtOnce))
        {
            var found = await providers.AskOnly(
                source, provider => reports.Decide([.. together], provider.Client, cancellation), cancellation);
            await missing.Found(found);
            Add(window, found);
        }

        if (IsContradicted(window, transfers, target)) return;
        verified = target;
        await reports.Report(
        [
            .. window.Entries.Where(entry => entry.Block.Number <= target)
                .SelectMany(entry => entry.Kept.Seen, (entry, seen) => (Seen: seen, Depth: Depth(window, entry.Block)))
                .Where(one => !one.Seen.IsFinal && one.Depth >= one.Seen.Required)
                .Select(one => (one.Seen, (int)Math.Min(one.Depth, int.MaxValue), true)),
        ]);
        await MoveCursor(window, finalNumber, settle);
    }

    /// <summary>Reads final blocks in ranges while the window is far below the head.</summary>
    /// <returns>The window above what was read; null where the window has not changed.</returns>
    public async Task<HeaderWindow<BlockTransfers>?> CatchUp(
        HeaderWindow<BlockTransfers> window, ChainBlock latest, Func<ChainBlock, Task> settle,
        CancellationToken cancellation)
    {
        var final = latest.Number - chain.Options.Confirmations + 1;
        if (chain.Options.Finality != ChainFinality.Confirmations)
            final = Math.Min(final, (await Tagged(cancellation)).Number);
        HeaderWindow<BlockTransfers>? reached = null;
        while (final - window.Head.Number > chain.Options.Confirmations && window.Entries.Count == 0)
        {
            var to = Math.Min(final, window.Settled.Number + chain.Options.LogRange);
            var block = await providers.Ask(
                async provider => await provider.Client.Block(to, false, cancellation)
                    ?? throw new RpcException(provider.Host, "eth_getBlockByNumber", RpcFault.Inconsistent),
                cancellation);
            if (await Source(to, block.Hash, cancellation) is not { } source) return reached;
            var settled = window.Settled;
            var isFinal = await providers.AskOnly(
                source, provider => ReadFinal(provider, settled, block, latest.Number, cancellation), cancellation);
            if (!isFinal) return reached;
            await settle(block);
            window = reached = new(block.Number, block.Hash);
        }

        return reached;
    }

    /// <summary>Reads a range of final blocks, and reports its payments as final.</summary>
    /// <returns>False where a payment of the range waits for more blocks than there are.</returns>
    private async Task<bool> ReadFinal(
        Provider provider, (long Number, string Hash) settled, ChainBlock last, long head,
        CancellationToken cancellation)
    {
        var below = await provider.Client.Block(settled.Number, false, cancellation);
        if (below?.Hash != settled.Hash)
            throw await providers.SettledIsMissing(settled.Number, settled.Hash, cancellation);
        var transfers = await reader.Read(
            provider, settled.Number + 1, last.Number, number => number == last.Number ? last : null, cancellation);
        var isFinal = true;
        foreach (var together in transfers.Chunk(TransfersAtOnce))
        {
            var seen = await reports.Decide([.. together], provider.Client, cancellation);
            await missing.Found(seen);
            isFinal &= seen.TrueForAll(one => head - one.Transfer.BlockNumber + 1 >= one.Required);
            await reports.Report([.. seen.Select(one => Due(one, head - one.Transfer.BlockNumber + 1))]);
        }

        ChainInstruments.CaughtUp(chain.Network, last.Number - settled.Number, transfers.Length);
        return isFinal;

        static (SeenTransfer, int, bool) Due(SeenTransfer seen, long depth) => depth >= seen.Required
            ? (seen, (int)Math.Min(depth, int.MaxValue), true)
            : (seen, ConfirmationSteps.Shown(depth, seen.Required), false);
    }

    /// <summary>The highest block that the settings allow to be final, whatever its depth.</summary>
    private async Task<long> FinalNumber(
        HeaderWindow<BlockTransfers> window, ChainBlock head, CancellationToken cancellation)
    {
        if (chain.Options.Finality == ChainFinality.Confirmations) return head.Number;
        var tagged = await Tagged(cancellation);

        // Of another branch it says nothing about this one.
        return window.HashAt(tagged.Number) is { } hash && hash != tagged.Hash ? window.Settled.Number : tagged.Number;
    }

    private Task<ChainBlock> Tagged(CancellationToken cancellation)
    {
        var tag = chain.Options.Finality == ChainFinality.Safe ? BlockTag.Safe : BlockTag.Finalized;
        return providers.Ask(provider => provider.Client.Block(tag, cancellation), cancellation);
    }

    private long Target(HeaderWindow<BlockTransfers> window, long finalNumber)
    {
        var target = window.Settled.Number;
        foreach (var (block, kept) in window.Entries.Where(entry => entry.Block.Number <= finalNumber))
            if (kept.Seen.Exists(seen => !seen.IsFinal && Depth(window, block) >= seen.Required)) target = block.Number;

        var deep = Math.Min(window.Head.Number - chain.Options.Confirmations + 1, finalNumber);
        var isDue = target > window.Settled.Number
            || deep - window.Settled.Number >= chain.Options.MaxReorganisation / 4
            || clock.Uptime() - ranAt >= Period;
        return isDue ? Math.Max(deep, target) : target;
    }

    /// <summary>
    /// The provider that the blocks are read from: another than the current one, which has the same block at the
    /// target; null where nothing can be final now.
    /// </summary>
    private async Task<Provider?> Source(long target, string expected, CancellationToken cancellation)
    {
        var current = await providers.Ask(provider => Task.FromResult(provider), cancellation);
        var answers = new List<(Provider Provider, string Hash)>();
        foreach (var provider in providers.Ready().OrderBy(provider => provider == current))
        {
            try
            {
                var block = await providers.AskOnly(
                    provider, one => one.Client.Block(target, false, cancellation), cancellation);
                if (block is null) continue;
                answers.Add((provider, block.Hash));
                if (provider == current) continue;
                otherAnsweredAt = clock.Uptime();
                if (block.Hash == expected && answers.TrueForAll(answer => answer.Hash == expected)) return provider;
            }
            catch (RpcException)
            {
                // It rests now, and the next is asked.
            }
        }

        return answers.TrueForAll(answer => answer.Hash == expected)
            ? Alone(current, answers)
            : ByMajority(target, expected, answers);
    }

    /// <summary>With one provider, or while no other answers, the same one is asked again.</summary>
    private Provider? Alone(Provider current, List<(Provider Provider, string Hash)> answers)
    {
        if (answers.Count == 0) return null;
        if (providers.Count > 1 && clock.Uptime() - otherAnsweredAt < OtherPatience) return null;
        ChainInstruments.SettledByOne(chain.Network);
        return answers.Find(answer => answer.Provider == current).Provider ?? answers[0].Provider;
    }

    /// <summary>Where providers disagree, a block counts that more than half of all have.</summary>
    private Provider? ByMajority(long target, string expected, List<(Provider Provider, string Hash)> answers)
    {
        var majority = answers.GroupBy(answer => answer.Hash)
            .FirstOrDefault(same => same.Count() * 2 > providers.Count);
        if (majority?.Key == expected) return majority.First().Provider;
        var named = string.Join(", ", answers.Select(one => $"{one.Provider.Host} {one.Hash}"));
        LogDisagreement(chain.Network, target, named);
        if (majority is not null) providers.Prefer(majority.First().Provider);
        return null;
    }

    /// <summary>What the head pass has missed is kept with its block from now on.</summary>
    private void Add(HeaderWindow<BlockTransfers> window, List<SeenTransfer> found)
    {
        foreach (var seen in found)
        {
            var known = window.At(seen.Transfer.BlockNumber)!.Value.Kept.Seen;
            if (known.Exists(one => one.Identity == seen.Identity)) continue;
            known.Add(seen);
            ChainInstruments.MissedAtHead(chain.Network);
            LogMissed(chain.Network, seen.Transfer.TransactionId, seen.Transfer.BlockNumber);
        }
    }

    /// <summary>True if the head pass has seen a transfer that the second reading does not show.</summary>
    private bool IsContradicted(
        HeaderWindow<BlockTransfers> window, IEnumerable<Transfer> transfers, long target)
    {
        var shown = transfers.Select(one => (one.To, one.TransactionId, one.Index, one.Amount)).ToHashSet();
        var missing = window.Entries.Where(entry => entry.Block.Number <= target)
            .SelectMany(entry => entry.Kept.Seen)
            .FirstOrDefault(seen => !shown.Contains(
                (seen.Transfer.To, seen.Transfer.TransactionId, seen.Transfer.Index, seen.Transfer.Amount)));
        if (missing is null) return false;
        LogContradicted(chain.Network, missing.Transfer.TransactionId, missing.Transfer.BlockNumber);
        return true;
    }

    /// <summary>To the last block that is deep enough, below which every payment is final.</summary>
    private async Task MoveCursor(
        HeaderWindow<BlockTransfers> window, long finalNumber, Func<ChainBlock, Task> settle)
    {
        var last = Math.Min(Math.Min(verified, finalNumber), window.Head.Number - chain.Options.Confirmations + 1);
        var waiting = window.Entries.FirstOrDefault(entry => entry.Kept.Seen.Exists(seen => !seen.IsFinal));
        if (waiting.Block is not null) last = Math.Min(last, waiting.Block.Number - 1);
        if (last <= window.Settled.Number || window.At(last) is not { } settled) return;
        await settle(settled.Block);
        window.Settle(last);
    }

    private static long Depth(HeaderWindow<BlockTransfers> window, ChainBlock block) =>
        window.Head.Number - block.Number + 1;

    [LoggerMessage(LogLevel.Error,
        "Network {Network}: providers disagree on block {Number} ({Answers}); nothing is final until they agree")]
    private partial void LogDisagreement(string network, long number, string answers);

    [LoggerMessage(LogLevel.Error,
        "Network {Network}: transaction {TransactionId} was seen in block {Number}, and the second reading does not " +
        "show it; nothing is final until it does")]
    private partial void LogContradicted(string network, string transactionId, long number);

    [LoggerMessage(LogLevel.Warning,
        "Network {Network}: transaction {TransactionId} of block {Number} was found by the second reading only")]
    private partial void LogMissed(string network, string transactionId, long number);
}
