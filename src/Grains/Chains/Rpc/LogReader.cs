using System.Collections.Immutable;

namespace Bleepay.Grains.Chains;

/// <summary>
/// Reads the transfers of tokens from one provider, in as many requests as its limits make necessary. A single block
/// that is still too much is read token by token, and at last from its receipts.
/// </summary>
internal static class LogReader
{
    /// <summary>The transfers of one block, by its hash.</summary>
    public static async Task<List<TokenLog>> Read(
        ChainClient client, ChainBlock block, ImmutableArray<string> tokens, CancellationToken cancellation)
    {
        var logs = await OfOneBlock(
            client, block.Number, new(tokens), part => client.Transfers(block, part, cancellation), cancellation);
        return logs.TrueForAll(log => log.BlockHash == block.Hash)
            ? logs
            : throw new RpcException(client.Host, "eth_getBlockReceipts", RpcFault.Inconsistent);
    }

    /// <summary>The transfers of the blocks from one to another, both included.</summary>
    /// <param name="recipients">The only ones of interest; null for all. They are requested where that takes no more
    /// requests than all transfers do.</param>
    public static async Task<List<TokenLog>> Read(
        Provider provider, long from, long to, ImmutableArray<string> tokens, ImmutableHashSet<string>? recipients,
        CancellationToken cancellation)
    {
        if (recipients is not null && !IsWorthAList(provider, to - from + 1, recipients.Count)) recipients = null;
        if (recipients is null)
            return await ReadRange(provider, provider.AllLogs, from, to, new(tokens), cancellation);

        var logs = new List<TokenLog>();
        foreach (var together in recipients.Chunk(LogFilter.RecipientsMax))
            logs.AddRange(await ReadRange(
                provider, provider.ListedLogs, from, to, new(tokens, [.. together]), cancellation));
        return logs;
    }

    private static bool IsWorthAList(Provider provider, long blocks, int recipients) =>
        (recipients + LogFilter.RecipientsMax - 1L) / LogFilter.RecipientsMax * provider.ListedLogs.RequestsFor(blocks)
        <= provider.AllLogs.RequestsFor(blocks);

    private static async Task<List<TokenLog>> ReadRange(
        Provider provider, AdaptiveRange range, long from, long to, LogFilter filter, CancellationToken cancellation)
    {
        var logs = new List<TokenLog>();
        for (var next = from; next <= to;)
        {
            var (first, count) = (next, (int)Math.Min(range.Blocks, to - next + 1));
            try
            {
                logs.AddRange(count == 1
                    ? await OfOneBlock(
                        provider.Client, first, filter,
                        part => provider.Client.Transfers(first, first, part, cancellation), cancellation)
                    : await provider.Client.Transfers(first, first + count - 1, filter, cancellation));
                range.Answered();
                next += count;
            }
            catch (RpcException refused) when (refused.MayBeTheRange && range.TryShrink(count))
            {
                // The same blocks again, fewer at once.
            }
        }

        return logs;
    }

    private static async Task<List<TokenLog>> OfOneBlock(
        ChainClient client, long number, LogFilter filter, Func<LogFilter, Task<List<TokenLog>>> ask,
        CancellationToken cancellation)
    {
        try
        {
            return await ask(filter);
        }
        catch (RpcException refused) when (refused.IsTooMuch)
        {
            if (filter.Tokens.Length == 1) return await client.TransfersByReceipts(number, filter, cancellation);
            var half = filter.Tokens.Length / 2;
            return
            [
                .. await OfOneBlock(
                    client, number, filter with { Tokens = filter.Tokens[..half] }, ask, cancellation),
                .. await OfOneBlock(
                    client, number, filter with { Tokens = filter.Tokens[half..] }, ask, cancellation),
            ];
        }
    }
}
