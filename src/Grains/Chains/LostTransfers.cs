using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Bleepay.Grains.Chains;

/// <summary>
/// Lists the final transfers that a reorganisation below the settled block has taken from the chain. Nothing is changed
/// by it: a final payment stays, and an operator decides what follows.
/// </summary>
internal sealed partial class LostTransfers(Chain chain, Providers providers, IChainStore store, ILogger logger)
{
    /// <summary>How many are listed one by one.</summary>
    public const int ListedMax = 100;

    private const int RequestsAtOnce = 8;

    /// <exception cref="NoProviderException">No provider answers.</exception>
    /// <exception cref="UnavailableException">The store can't serve.</exception>
    public async Task List(ChainCursor cursor, CancellationToken cancellation)
    {
        var since = await LastCommon(cursor, cancellation);
        var final = await store.ReadFinal(chain.Network, since?.Time ?? DateTimeOffset.UnixEpoch);
        var watched = final.Where(one =>
            RpcJson.IsHash(one.Transfer.TransactionId) && chain.Find(one.Transfer.To.Token) is not null);
        var lost = await providers.Ask(
            provider => Lost([.. watched], provider.Client, cancellation), cancellation);
        foreach (var one in lost.Take(ListedMax))
            LogLost(
                chain.Network, one.Transfer.Amount, chain.Find(one.Transfer.To.Token)!.Symbol,
                one.Transfer.TransactionId, (one as MatchedTransfer)?.SessionId ?? "none");
        LogCount(chain.Network, lost.Count, since?.Number ?? 0);
        if (final.Count == IChainStore.FinalMax) LogIncomplete(chain.Network, final.Count);
        ChainInstruments.SettledLost(chain.Network, lost.Count);
    }

    /// <summary>The highest place of the cursor that is still on the chain, or null.</summary>
    private async Task<CursorPlace?> LastCommon(ChainCursor cursor, CancellationToken cancellation)
    {
        foreach (var place in cursor.Trail.Reverse())
        {
            var block = await providers.Ask(
                provider => provider.Client.Block(place.Number, false, cancellation), cancellation);
            if (block?.Hash == place.Hash) return place;
        }

        return null;
    }

    /// <summary>Those whose transaction is no longer in a block, or has failed in its new one.</summary>
    private static async Task<IReadOnlyList<TransferDecision>> Lost(
        TransferDecision[] final, ChainClient client, CancellationToken cancellation)
    {
        var lost = new ConcurrentBag<int>();
        await Parallel.ForEachAsync(
            final.Index(),
            new ParallelOptions { MaxDegreeOfParallelism = RequestsAtOnce, CancellationToken = cancellation },
            async (entry, end) =>
            {
                var transaction = entry.Item.Transfer.TransactionId;
                var hash = (await client.Place(transaction, end))?.BlockHash;
                if (hash is null || !await client.HasSucceeded(transaction, hash, end)) lost.Add(entry.Index);
            });
        return [.. lost.Order().Select(index => final[index])];
    }

    [LoggerMessage(LogLevel.Critical,
        "Network {Network}: final payment of {Amount} {Symbol} is no longer on the chain, transaction " +
        "{TransactionId}, session {Session}")]
    private partial void LogLost(string network, string amount, string symbol, string transactionId, string session);

    [LoggerMessage(LogLevel.Critical,
        "Network {Network}: {Transfers} final payments of blocks above {Number} are no longer on the chain; their " +
        "sessions are unchanged")]
    private partial void LogCount(string network, int transfers, long number);

    [LoggerMessage(LogLevel.Error, "Network {Network}: only the latest {Transfers} final payments were checked")]
    private partial void LogIncomplete(string network, int transfers);
}
