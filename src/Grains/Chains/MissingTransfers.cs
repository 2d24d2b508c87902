using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Bleepay.Grains.Chains;

/// <summary>
/// Transfers that were reported and that the branch being read has not shown yet: those of blocks that a reorganisation
/// has removed, and those that waited for confirmations when the watcher started. They are reported as removed once the
/// branch was read to its head, since most are in it again, and unless they wait for another block.
/// </summary>
internal sealed partial class MissingTransfers(
    Chain chain, Providers providers, TransferReports reports, ILogger logger)
{
    private const int RequestsAtOnce = 8;

    private readonly List<Missing> all = [];
    private string? checkedAt;

    /// <param name="IsRecalled">True if it was read from the store. A reporter other than a watcher may have sent it,
    /// by a transaction in which a watcher finds no transfer.</param>
    private sealed record Missing(SeenTransfer Seen, bool IsRecalled);

    private enum Verdict
    {
        Gone,
        Waits,
        Stays,
    }

    /// <summary>Adds what is stored of the time before the watcher started.</summary>
    public void Recall(IReadOnlyList<TransferDecision> stored)
    {
        foreach (var decision in stored)
            if (CurrencyOf(decision.Transfer) is { } currency)
                all.Add(new(new(decision, currency.Symbol, chain.Options.Confirmations), IsRecalled: true));
        if (stored.Count == IChainStore.PendingMax) LogTooMany(chain.Network, stored.Count);
    }

    /// <summary>Adds the transfers of blocks that a reorganisation has removed.</summary>
    public void Add(IEnumerable<SeenTransfer> orphaned)
    {
        all.AddRange(orphaned.Where(seen => seen.Reported >= 0).Select(seen => new Missing(seen, IsRecalled: false)));
        checkedAt = null;
    }

    /// <summary>
    /// The branch shows these, so they are not missing. A transaction that was executed again with another amount is
    /// removed at once: its session takes the other amount only after that.
    /// </summary>
    public async Task Found(IReadOnlyCollection<SeenTransfer> seen)
    {
        if (all.Count == 0 || seen.Count == 0) return;
        var found = seen.Select(one => one.Identity).ToHashSet();
        all.RemoveAll(one => found.Contains(one.Seen.Identity));
        var keys = found.Select(one => one with { Amount = "" }).ToHashSet();
        var changed = all.FindAll(one => keys.Contains(one.Seen.Identity with { Amount = "" }));
        await reports.ReportRemoved([.. changed.Select(one => one.Seen)]);
        all.RemoveAll(changed.Contains);
    }

    /// <summary>Reports what the branch does not have, once it was read to its head; again after each block.</summary>
    /// <param name="latest">The chain's latest block, from a provider.</param>
    public async Task Report(
        HeaderWindow<BlockTransfers> window, ChainBlock latest, CancellationToken cancellation)
    {
        if (all.Count == 0 || window.Head.Number < latest.Number || window.Head.Hash == checkedAt) return;
        var verdicts = await providers.Ask(
            provider => Judge(provider.Client, window, latest, cancellation), cancellation);
        var gone = all.FindAll(one => verdicts[one] == Verdict.Gone);
        if (gone.Count > 0) LogRemoved(chain.Network, gone.Count);
        await reports.ReportRemoved([.. gone.Select(one => one.Seen)]);
        all.RemoveAll(one => verdicts[one] != Verdict.Waits);
        checkedAt = window.Head.Hash;
    }

    private async Task<IReadOnlyDictionary<Missing, Verdict>> Judge(
        ChainClient client, HeaderWindow<BlockTransfers> window, ChainBlock latest, CancellationToken cancellation)
    {
        var verdicts = new ConcurrentDictionary<Missing, Verdict>(ReferenceEqualityComparer.Instance);
        await Parallel.ForEachAsync(
            all,
            new ParallelOptions { MaxDegreeOfParallelism = RequestsAtOnce, CancellationToken = cancellation },
            async (one, end) => verdicts[one] = IsTooEarly(one, latest)
                ? Verdict.Waits
                : await Judge(one, client, window, end));
        return verdicts;
    }

    /// <summary>
    /// At the start a provider may lag behind the one that has shown the transfer: only a later block than the
    /// transfer's shows that it is gone.
    /// </summary>
    private static bool IsTooEarly(Missing one, ChainBlock latest) =>
        one.IsRecalled && latest.Time <= one.Seen.Transfer.BlockTime;

    private static async Task<Verdict> Judge(
        Missing one, ChainClient client, HeaderWindow<BlockTransfers> window, CancellationToken cancellation)
    {
        var transaction = one.Seen.Transfer.TransactionId;
        if (await client.Place(transaction, cancellation) is not { } place) return Verdict.Gone;
        if (place is not { BlockNumber: { } number, BlockHash: { } hash } || number > window.Head.Number)
            return Verdict.Waits;
        if (number >= window.Settled.Number && window.HashAt(number) != hash) return Verdict.Waits;

        // The block was read without it: the transaction had another outcome there.
        if (!one.IsRecalled || !await client.HasSucceeded(transaction, hash, cancellation)) return Verdict.Gone;
        return number > window.Settled.Number ? Verdict.Waits : Verdict.Stays;
    }

    /// <summary>
    /// Null for a transfer that a watcher can't see: its reporter sees more, and also reports its removal.
    /// </summary>
    private ChainCurrency? CurrencyOf(Transfer transfer)
    {
        var isSeen = transfer.To.Token.Length > 0 || chain.Options.NativeTransfers != NativeTransfers.Off;
        return isSeen && RpcJson.IsHash(transfer.TransactionId) ? chain.Find(transfer.To.Token) : null;
    }

    [LoggerMessage(LogLevel.Warning, "Network {Network}: {Transfers} transfers are no longer on the chain")]
    private partial void LogRemoved(string network, int transfers);

    [LoggerMessage(LogLevel.Error,
        "Network {Network}: only the latest {Transfers} transfers that wait for confirmations were read")]
    private partial void LogTooMany(string network, int transfers);
}
