using System.Globalization;
using System.Text.Json;

namespace Bleepay.Grains.Chains;

/// <summary>What is asked of one provider of a chain.</summary>
internal sealed class ChainClient(RpcClient rpc) : IDisposable
{
    /// <summary>The selector of <c>decimals()</c>.</summary>
    private const string DecimalsCall = "0x313ce567";

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

    /// <summary>The transfers of these tokens in the block with this hash, and in no other.</summary>
    public async Task<List<TokenLog>> Transfers(
        ChainBlock block, IReadOnlyCollection<string> tokens, CancellationToken cancellation)
    {
        var logs = await Logs(tokens, json => json.WriteString("blockHash", block.Hash), cancellation);
        return logs.TrueForAll(log => log.BlockHash == block.Hash && log.BlockNumber == block.Number)
            ? logs
            : throw new RpcException(Host, "eth_getLogs", RpcFault.Inconsistent);
    }

    /// <summary>The transfers of these tokens in the blocks from one to another, both included.</summary>
    public async Task<List<TokenLog>> Transfers(
        long from, long to, IReadOnlyCollection<string> tokens, CancellationToken cancellation)
    {
        var logs = await Logs(
            tokens,
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

    /// <summary>True if the transaction has succeeded in the block with this hash.</summary>
    /// <exception cref="RpcException">The provider does not know it, or knows it in another block.</exception>
    public async Task<bool> HasSucceeded(string transactionHash, string blockHash, CancellationToken cancellation)
    {
        const string method = "eth_getTransactionReceipt";
        var receipt = await rpc.Call(
            method, json => json.WriteStringValue(transactionHash), RpcJson.ReadReceipt, cancellation);
        return receipt is { } known && known.BlockHash == blockHash
            ? known.HasSucceeded
            : throw new RpcException(Host, method, RpcFault.Inconsistent);
    }

    /// <summary>Where a transaction stands; null if the provider does not know it, not even as waiting.</summary>
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

    /// <summary>What the token's contract says of its decimals; null where it says nothing.</summary>
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
        rpc.Call(
            method,
            json =>
            {
                json.WriteStringValue(block);
                json.WriteBooleanValue(isWhole);
            },
            RpcJson.ReadBlock, cancellation);

    private async Task<List<TokenLog>> Logs(
        IReadOnlyCollection<string> tokens, Action<Utf8JsonWriter> writeBlocks, CancellationToken cancellation)
    {
        var logs = await rpc.Call(
            "eth_getLogs",
            json =>
            {
                json.WriteStartObject();
                writeBlocks(json);
                json.WriteStartArray("address");
                foreach (var token in tokens) json.WriteStringValue(token);
                json.WriteEndArray();
                json.WriteStartArray("topics");
                json.WriteStringValue(RpcJson.TransferTopic);
                json.WriteEndArray();
                json.WriteEndObject();
            },
            RpcJson.ReadLogs, cancellation);

        // Any contract can emit a Transfer: only those of the configured tokens count, whatever a provider answers.
        logs.RemoveAll(log => !tokens.Contains(log.Token));
        return logs;
    }

    private static string Hex(long number) => "0x" + number.ToString("x", CultureInfo.InvariantCulture);
}
