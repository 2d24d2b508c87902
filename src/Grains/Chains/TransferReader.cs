using System.Collections.Immutable;
using Bleepay.Grains.Fields;

namespace Bleepay.Grains.Chains;

/// <summary>Reads the transfers of a network's configured currencies, with their ordinals and exact amounts.</summary>
internal sealed class TransferReader(Chain chain)
{
    /// <summary>The number of whole blocks that are requested at once where a range is read.</summary>
    private const int BlocksAtOnce = 8;

    private readonly ImmutableHashSet<string> tokens =
    [
        .. chain.Currencies.Where(currency => currency.Address.Length > 0)
            .Select(currency => FieldRules.NormalAddress(currency.Address)),
    ];

    /// <summary>True if a block has to be requested with its transactions.</summary>
    public bool NeedsWholeBlocks => chain.Options.NativeTransfers == NativeTransfers.TopLevel;

    private bool NeedsTraces => chain.Options.NativeTransfers == NativeTransfers.Traces;

    /// <summary>The transfers of one block, by its hash.</summary>
    /// <param name="block">Whole, if <see cref="NeedsWholeBlocks"/>.</param>
    public async Task<ImmutableArray<Transfer>> Read(
        ChainClient client, ChainBlock block, CancellationToken cancellation)
    {
        var logs = tokens.IsEmpty ? [] : await client.Transfers(block, tokens, cancellation);
        var native = NeedsTraces ? await client.Traces(block, cancellation) : [.. block.Transactions];
        return Of(block, native, logs);
    }

    /// <summary>The transfers of final blocks, from one to another, both included.</summary>
    /// <param name="known">The blocks that have been read before, or null for one that has not.</param>
    public async Task<ImmutableArray<Transfer>> Read(
        Provider provider, long from, long to, Func<long, ChainBlock?> known, CancellationToken cancellation)
    {
        var logs = await ReadLogs(provider, from, to, cancellation);
        var byNumber = logs.ToLookup(log => log.BlockNumber);
        var numbers = Enumerable.Range(0, (int)(to - from + 1)).Select(offset => from + offset)
            .Where(number => NeedsWholeBlocks || NeedsTraces || NeedsHeader(byNumber[number], known(number)));
        var native = new List<NativeTransaction>[(int)(to - from + 1)];
        var blocks = new ChainBlock?[native.Length];
        await Parallel.ForEachAsync(
            numbers,
            new ParallelOptions { MaxDegreeOfParallelism = BlocksAtOnce, CancellationToken = cancellation },
            async (number, end) =>
            {
                var block = await provider.Client.Block(number, NeedsWholeBlocks, end)
                    ?? throw new RpcException(provider.Host, "eth_getBlockByNumber", RpcFault.Inconsistent);
                blocks[number - from] = block;
                native[number - from] = NeedsTraces
                    ? await provider.Client.Traces(block, end)
                    : [.. block.Transactions];
            });

        var all = ImmutableArray.CreateBuilder<Transfer>();
        for (var number = from; number <= to; number++)
        {
            List<TokenLog> ofBlock = [.. byNumber[number]];
            var block = blocks[number - from] ?? known(number)
                ?? (ofBlock is [{ BlockTime: { } time, BlockHash: var hash }, ..]
                    ? new ChainBlock(number, hash, "", time, [])
                    : null);
            if (block is null) continue;

            // The answers to two requests may be of two branches.
            var isOther = known(number) is { } expected && expected.Hash != block.Hash;
            if (isOther || ofBlock.Exists(log => log.BlockHash != block.Hash))
                throw new RpcException(provider.Host, "eth_getLogs", RpcFault.Inconsistent);
            all.AddRange(Of(block, native[number - from] ?? [], ofBlock));
        }

        return all.DrainToImmutable();
    }

    private static bool NeedsHeader(IEnumerable<TokenLog> logs, ChainBlock? known) =>
        known is null && logs.Any(log => log.BlockTime is null);

    /// <summary>In as many requests as the provider's limit makes necessary, which it does not say.</summary>
    private async Task<List<TokenLog>> ReadLogs(
        Provider provider, long from, long to, CancellationToken cancellation)
    {
        var logs = new List<TokenLog>();
        if (tokens.IsEmpty) return logs;
        for (var next = from; next <= to;)
        {
            var count = (int)Math.Min(provider.LogRange, to - next + 1);
            try
            {
                logs.AddRange(await provider.Client.Transfers(next, next + count - 1, tokens, cancellation));
                provider.RangeAnswered();
                next += count;
            }
            catch (RpcException refused) when (refused.MayBeTheRange && provider.TryShrinkRange(count))
            {
                // The same blocks again, fewer at once.
            }
        }

        return logs;
    }

    private ImmutableArray<Transfer> Of(
        ChainBlock block, List<NativeTransaction> native, List<TokenLog> logs)
    {
        var ordinals = new Dictionary<(string Transaction, TransferRecipient To), int>();
        var transfers = ImmutableArray.CreateBuilder<Transfer>(native.Count + logs.Count);
        foreach (var one in native)
            transfers.Add(Transfer(
                new("", one.To), one.Hash, Amount.Of(one.Value, chain.Native.Decimals), one.From));
        foreach (var log in logs.DistinctBy(log => log.LogIndex).OrderBy(log => log.LogIndex))
            transfers.Add(Transfer(
                new(log.Token, log.To), log.TransactionHash, Amount.Of(log.Value, chain.Find(log.Token)!.Decimals),
                log.From));
        return transfers.DrainToImmutable();

        Transfer Transfer(TransferRecipient to, string transaction, Amount amount, string from)
        {
            var index = ordinals.GetValueOrDefault((transaction, to));
            ordinals[(transaction, to)] = index + 1;
            return new(
                chain.Network, to, transaction, index, amount.ToString(), from, block.Number, block.Hash, block.Time);
        }
    }
}
