using System.Collections.Immutable;
using Bleepay.Grains.Fields;

namespace Bleepay.Grains.Chains;

/// <summary>Reads the transfers of a network's configured currencies, with their ordinals and exact amounts.</summary>
internal sealed class TransferReader(Chain chain)
{
    /// <summary>The number of blocks whose traces are requested at once where a range is read.</summary>
    private const int TracesAtOnce = 8;

    private readonly ImmutableArray<string> tokens =
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
        var logs = tokens.IsEmpty ? [] : await LogReader.Read(client, block, tokens, cancellation);
        var native = NeedsTraces ? await client.Traces(block, cancellation) : [.. block.Transactions];
        return Of(block, native, logs);
    }

    /// <summary>The transfers of blocks that follow each other.</summary>
    /// <param name="provider">Is asked, and no other.</param>
    public async Task<ImmutableArray<Transfer>> Read(
        Provider provider, BlockRange range, CancellationToken cancellation)
    {
        var logs = tokens.IsEmpty
            ? []
            : await LogReader.Read(provider, range.From, range.To, tokens, range.Recipients, cancellation);
        var byNumber = logs.ToLookup(log => log.BlockNumber);
        long[] numbers =
        [
            .. range.Numbers.Where(number => NeedsWholeBlocks || NeedsTraces
                || (range.Known(number) is null && byNumber[number].Any(log => log.BlockTime is null))),
        ];
        var blocks = await provider.Client.Blocks(
            numbers, NeedsWholeBlocks, range.Recipients is { } recipients ? one => recipients.Contains(one.To) : null,
            cancellation);
        if (NeedsTraces) blocks = await WithTraces(provider.Client, blocks, range, cancellation);
        if (!range.Has(blocks))
            throw new RpcException(provider.Host, "eth_getBlockByNumber", RpcFault.Inconsistent);

        var byOwnNumber = blocks.ToDictionary(block => block.Number);
        var all = ImmutableArray.CreateBuilder<Transfer>();
        foreach (var number in range.Numbers)
        {
            List<TokenLog> ofBlock = [.. byNumber[number]];
            var block = byOwnNumber.GetValueOrDefault(number) ?? range.Known(number) ?? BlockOf(ofBlock);
            if (block is null) continue;

            // The answers to two requests may be of two branches.
            if (ofBlock.Exists(log => log.BlockHash != block.Hash))
                throw new RpcException(provider.Host, "eth_getLogs", RpcFault.Inconsistent);
            all.AddRange(Of(block, byOwnNumber.ContainsKey(number) ? [.. block.Transactions] : [], ofBlock));
        }

        return all.DrainToImmutable();
    }

    private static async Task<ChainBlock[]> WithTraces(
        ChainClient client, ChainBlock[] blocks, BlockRange range, CancellationToken cancellation)
    {
        var traced = new ChainBlock[blocks.Length];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, blocks.Length),
            new ParallelOptions { MaxDegreeOfParallelism = TracesAtOnce, CancellationToken = cancellation },
            async (index, end) =>
            {
                var traces = await client.Traces(blocks[index], end);
                traced[index] = blocks[index] with
                {
                    Transactions = [.. traces.Where(one => range.Recipients?.Contains(one.To) ?? true)],
                };
            });
        return traced;
    }

    /// <summary>The block as its logs describe it; null where they don't.</summary>
    private static ChainBlock? BlockOf(List<TokenLog> logs) =>
        logs is [{ BlockTime: { } time, BlockNumber: var number, BlockHash: var hash }, ..]
            ? new ChainBlock(number, hash, "", time, [])
            : null;

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
