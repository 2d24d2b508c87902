using System.Text.Json;

namespace Bleepay.Grains.Chains;

/// <summary>Reads the answer of <c>trace_block</c>, of OpenEthereum's trace module.</summary>
internal static class TraceJson
{
    /// <returns>The transfers of native coins, in their order; null where a trace is of another block.</returns>
    public static List<NativeTransaction>? Read(ref Utf8JsonReader json, string blockHash)
    {
        using var document = JsonDocument.ParseValue(ref json);
        if (document.RootElement.ValueKind != JsonValueKind.Array) throw new FormatException();
        var transfers = new List<NativeTransaction>();
        var (transaction, failed) = ("", new List<int[]>());
        foreach (var trace in document.RootElement.EnumerateArray())
        {
            if (RpcJson.Lower(trace.GetProperty("blockHash").GetString()) != blockHash) return null;

            // Rewards of miners belong to no transaction.
            if (Text(trace, "transactionHash") is not { } hash) continue;
            if (hash != transaction) (transaction, failed) = (hash, []);

            int[] path = [.. trace.GetProperty("traceAddress").EnumerateArray().Select(step => step.GetInt32())];
            if (Text(trace, "error") is not null) failed.Add(path);

            // What a call has done is undone when a call above it fails; a call comes before those that it makes.
            if (failed.Exists(above => path.AsSpan().StartsWith(above))) continue;
            if (TransferOf(trace, transaction) is { Value.IsZero: false } transfer) transfers.Add(transfer);
        }

        return transfers;
    }

    private static string? Text(JsonElement trace, string member) =>
        trace.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static NativeTransaction? TransferOf(JsonElement trace, string transaction)
    {
        var action = trace.GetProperty("action");
        return trace.GetProperty("type").GetString() switch
        {
            // A delegate call repeats the value of the call that it is part of, and moves nothing.
            "call" when action.GetProperty("callType").GetString() == "call" =>
                Transfer(action, transaction, "from", "to", "value"),
            "suicide" => Transfer(action, transaction, "address", "refundAddress", "balance"),
            _ => null,
        };
    }

    private static NativeTransaction Transfer(
        JsonElement action, string transaction, string from, string to, string value) => new(
        RpcJson.Lower(transaction),
        RpcJson.Lower(action.GetProperty(from).GetString()),
        RpcJson.Lower(action.GetProperty(to).GetString()),
        RpcJson.Units(action.GetProperty(value).GetString()));
}
