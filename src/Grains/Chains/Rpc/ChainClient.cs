using System.Globalization;
using System.Text.Json;

namespace Bleepay.Grains.Chains;

/// <summary>The requests to one provider of a chain.</summary>
internal sealed class ChainClient(RpcClient rpc) : IDisposable
{
    /// <summary>The selector of <c>decimals()</c>.</summary>
    private const string DecimalsCall = "0x313ce567";

    private readonly RpcBatches batches = new(rpc);

    public string Host => rpc.Host;

    public Task<long> ChainId(CancellationToken cancellation) =>
        rpc.Call("eth_chainId", _ => { }, RpcJson.ReadNumber, cancellation);

    /// <summary>The block with this tag.</summary>
    /// <exception cref="RpcException">The provider has no such block, which every chain has.</exception>
    public async Task<ChainBlock> Block(string tag, CancellationToken cancellation) =>
        await BlockBy("eth_getBlockByNumber", tag, false, cancellation)
        ?? throw new RpcException(Host, "eth_getBlockByNumber", RpcFault.Inconsistent);

    /// <summary>The block with this number, or null if the provider does not have it yet.</summary>
    /// <param name="isWhole">False for the header only.</param>
    public async Task<ChainBlock?> Block(long number, bool isWhole, CancellationToken cancellation)
    {
        var block = await BlockBy("eth_getBlockByNumber", Hex(number), isWhole, cancellation);
        return block is null || block.Number == number
            ? block
            : throw new RpcException(Host, "eth_getBlockByNumber", RpcFault.Inconsistent);
    }

    /// <summary>The block with this hash, or null if the provider does not have it.</summary>
    public async Task<ChainBlock?> BlockOf(string hash, bool isWhole, CancellationToken cancellation)
    {
        var block = await BlockBy("eth_getBlockByHash", hash, isWhole, cancellation);
        return block is null || block.Hash == hash
            ? block
            : throw new RpcException(Host, "eth_getBlockByHash", RpcFault.Inconsistent);
    }

    /// <summary>The blocks with these numbers, in their order.</summary>
    /// <param name="isOfInterest">Which transactions are kept; null for all. Of headers there are none.</param>
    /// <exception cref="RpcException">The provider does not have all of them.</exception>
    public async Task<ChainBlock[]> Blocks(
        IReadOnlyList<long> numbers, bool isWhole, Func<NativeTransaction, bool>? isOfInterest,
        CancellationToken cancellation)
    {
        const string method = "eth_getBlockByNumber";
        var blocks = await batches.Call(
            method, [.. numbers.Select(number => BlockParameters(Hex(number), isWhole))],
            (ref Utf8JsonReader json) =>
            {
                var block = RpcJson.ReadBlock(ref json);
                return block is null || isOfInterest is null
                    ? block
                    : block with { Transactions = [.. block.Transactions.Where(isOfInterest)] };
            },
            cancellation);
        return blocks.Zip(numbers).All(one => one.First?.Number == one.Second)
            ? [.. blocks.Select(block => block!)]
            : throw new RpcException(Host, method, RpcFault.Inconsistent);
    }

    /// <summary>The transfers of these tokens in the block with this hash, and in no other.</summary>
    public async Task<List<TokenLog>> Transfers(
        ChainBlock block, LogFilter filter, CancellationToken cancellation)
    {
        var logs = await Logs(filter, json => json.WriteString("blockHash", block.Hash), cancellation);
        return logs.TrueForAll(log => log.BlockHash == block.Hash && log.BlockNumber == block.Number)
            ? logs
            : throw new RpcException(Host, "eth_getLogs", RpcFault.Inconsistent);
    }

    /// <summary>The transfers in the blocks from one to another, both included.</summary>
    public async Task<List<TokenLog>> Transfers(
        long from, long to, LogFilter filter, CancellationToken cancellation)
    {
        var logs = await Logs(
            filter,
            json =>
            {
                json.WriteString("fromBlock", Hex(from));
                json.WriteString("toBlock", Hex(to));
            },
            cancellation);
        return logs.TrueForAll(log => log.BlockNumber >= from && log.BlockNumber <= to)
            ? logs
            : throw new RpcException(Host, "eth_getLogs", RpcFault.Inconsistent);
    }

    /// <summary>The same transfers of one block, from the receipts of all its transactions.</summary>
    public async Task<List<TokenLog>> TransfersByReceipts(
        long number, LogFilter filter, CancellationToken cancellation)
    {
        const string method = "eth_getBlockReceipts";
        var logs = await rpc.Call(
            method, json => json.WriteStringValue(Hex(number)), RpcJson.ReadLogsOfReceipts, cancellation);
        return logs.TrueForAll(log => log.BlockNumber == number)
            ? logs.FindAll(filter.Admits)
            : throw new RpcException(Host, method, RpcFault.Inconsistent);
    }

    /// <summary>Which of these transactions have succeeded, in the blocks with these hashes.</summary>
    /// <exception cref="RpcException">The provider does not have one, or has it in another block.</exception>
    public async Task<HashSet<string>> Succeeded(
        IReadOnlyDictionary<string, string> blockOfTransaction, CancellationToken cancellation)
    {
        const string method = "eth_getTransactionReceipt";
        string[] transactions = [.. blockOfTransaction.Keys];
        var receipts = await batches.Call<(bool HasSucceeded, string BlockHash)?>(
            method, [.. transactions.Select(hash => (Action<Utf8JsonWriter>)(json => json.WriteStringValue(hash)))],
            RpcJson.ReadReceipt, cancellation);
        var succeeded = new HashSet<string>();
        foreach (var (transaction, receipt) in transactions.Zip(receipts))
        {
            if (receipt is not { } known || known.BlockHash != blockOfTransaction[transaction])
                throw new RpcException(Host, method, RpcFault.Inconsistent);
            if (known.HasSucceeded) succeeded.Add(transaction);
        }

        return succeeded;
    }

    /// <summary>True if the transaction has succeeded in the block with this hash.</summary>
    /// <exception cref="RpcException">The provider does not have it, or has it in another block.</exception>
    public async Task<bool> HasSucceeded(string transactionHash, string blockHash, CancellationToken cancellation) =>
        (await Succeeded(new Dictionary<string, string> { [transactionHash] = blockHash }, cancellation)).Count > 0;

    /// <summary>The place of a transaction; null if the provider does not have it, not even as pending.</summary>
    public Task<TransactionPlace?> Place(string transactionHash, CancellationToken cancellation) => rpc.Call(
        "eth_getTransactionByHash", json => json.WriteStringValue(transactionHash), RpcJson.ReadPlace, cancellation);

    /// <summary>The transfers of native coins in a block, also those that contracts make, in their order.</summary>
    public async Task<List<NativeTransaction>> Traces(ChainBlock block, CancellationToken cancellation)
    {
        var traces = await rpc.Call(
            "trace_block", json => json.WriteStringValue(Hex(block.Number)),
            (ref Utf8JsonReader json) => TraceJson.Read(ref json, block.Hash), cancellation);
        return traces ?? throw new RpcException(Host, "trace_block", RpcFault.Inconsistent);
    }

    /// <summary>The decimals that the token's contract returns; null if it returns none.</summary>
    public async Task<int?> Decimals(string token, CancellationToken cancellation)
    {
        var word = await rpc.Call(
            "eth_call",
            json =>
            {
                json.WriteStartObject();
                json.WriteString("to", token);
                json.WriteString("data", DecimalsCall);
                json.WriteEndObject();
                json.WriteStringValue(BlockTag.Latest);
            },
            RpcJson.Text, cancellation);
        if (word.Length <= 2) return null;
        var decimals = RpcJson.Units(word);
        return decimals <= byte.MaxValue ? (int)decimals : null;
    }

    public void Dispose() => rpc.Dispose();

    private Task<ChainBlock?> BlockBy(string method, string block, bool isWhole, CancellationToken cancellation) =>
        rpc.Call(method, BlockParameters(block, isWhole), RpcJson.ReadBlock, cancellation);

    private static Action<Utf8JsonWriter> BlockParameters(string block, bool isWhole) => json =>
    {
        json.WriteStringValue(block);
        json.WriteBooleanValue(isWhole);
    };

    private async Task<List<TokenLog>> Logs(
        LogFilter filter, Action<Utf8JsonWriter> writeBlocks, CancellationToken cancellation)
    {
        var logs = await rpc.Call(
            "eth_getLogs",
            json =>
            {
                json.WriteStartObject();
                writeBlocks(json);
                filter.Write(json);
                json.WriteEndObject();
            },
            RpcJson.ReadLogs, cancellation);

        // Any contract can emit a Transfer: only those of the configured tokens count, whatever a provider answers.
        return logs.FindAll(filter.Admits);
    }

    private static string Hex(long number) => "0x" + number.ToString("x", CultureInfo.InvariantCulture);
}
