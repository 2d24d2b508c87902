using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Bleepay.Tests.Harness;

/// <summary>
/// A provider of JSON-RPC whose blocks the test writes: for what no node can be made to do, such as two providers on
/// different branches. Whatever is a chain's own behaviour is tested on anvil.
/// </summary>
internal sealed class ScriptedChain : IAsyncDisposable
{
    public const string Token = "0x00000000000000000000000000000000000000c1";
    private const string TransferTopic = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";

    private readonly WebApplication app;
    private readonly Lock gate = new();
    private readonly List<Block> blocks = [];
    private readonly Dictionary<string, long> tags = [];
    private string branch = "";

    private ScriptedChain(WebApplication app) => this.app = app;

    private sealed record Block(long Number, string Hash, JsonObject Header, JsonArray Logs, JsonArray Traces);

    public string Url => app.Urls.First();

    /// <summary>The decimals that the token's contract returns.</summary>
    public int Decimals { get; set; } = 18;

    /// <summary>The time of the blocks that are made next; now where it is null.</summary>
    public DateTimeOffset? Time { get; set; }

    /// <summary>Sent with status 429 instead of an answer, while it is set.</summary>
    public string? RetryAfter { get; set; }

    /// <summary>Answered instead of the number of the highest block.</summary>
    public long? LatestSaid { get; set; }

    public int Requests { get; private set; }

    public long Head
    {
        get
        {
            lock (gate) return blocks.Count - 1;
        }
    }

    public static async Task<ScriptedChain> Start(int blocks = 3)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var chain = new ScriptedChain(builder.Build());
        chain.app.Run(chain.Answer);
        await chain.app.StartAsync();
        chain.Mine(blocks);
        return chain;
    }

    /// <summary>From now on its blocks differ from those of other chains.</summary>
    public void Fork(string name) => branch = name;

    /// <summary>Lets a tag stand at a block.</summary>
    public void Tag(string tag, long number) => tags[tag] = number;

    /// <summary>Makes blocks that are the same on each chain, except those of another branch.</summary>
    /// <param name="logs">Of the first; from <see cref="Log"/>.</param>
    /// <param name="traces">Of the first; from <see cref="Trace"/>.</param>
    public void Mine(int count = 1, IEnumerable<JsonObject>? logs = null, IEnumerable<JsonObject>? traces = null)
    {
        lock (gate)
            for (var made = 0; made < count; made++)
                blocks.Add(Next(made == 0 ? logs ?? [] : [], made == 0 ? traces ?? [] : []));
    }

    /// <summary>A transfer of the token.</summary>
    /// <param name="topics">Four for that of ERC-721, which has no data.</param>
    public static JsonObject Log(string to, BigInteger units, string token = Token, string? id = null, int topics = 3)
    {
        JsonArray topic = [TransferTopic, "0x" + Anvil.Word(Token), "0x" + Anvil.Word(to)];
        if (topics == 4) topic.Add("0x" + Anvil.Word(units));
        return new()
        {
            ["address"] = token,
            ["topics"] = topic,
            ["data"] = topics == 4 ? "0x" : "0x" + Anvil.Word(units),
            ["transactionHash"] = HashOf(id ?? $"{to} {units} {token}"),
            ["removed"] = false,
        };
    }

    /// <summary>A call within a transaction, as <c>trace_block</c> shows it.</summary>
    public static JsonObject Trace(
        string transaction, string to, BigInteger value, int[] path, string callType = "call", string? error = null)
    {
        var trace = new JsonObject
        {
            ["type"] = "call",
            ["transactionHash"] = HashOf(transaction),
            ["traceAddress"] = new JsonArray([.. path.Select(step => JsonValue.Create(step))]),
            ["action"] = new JsonObject
            {
                ["callType"] = callType,
                ["from"] = Token,
                ["to"] = to,
                ["value"] = Hex(value),
            },
        };
        if (error is not null) trace["error"] = error;
        return trace;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private Block Next(IEnumerable<JsonObject> logs, IEnumerable<JsonObject> traces)
    {
        var number = (long)blocks.Count;
        var parent = number == 0 ? HashOf("none") : blocks[^1].Hash;
        var hash = HashOf($"{branch} {parent} {number}");
        var header = new JsonObject
        {
            ["number"] = Hex(number),
            ["hash"] = hash,
            ["parentHash"] = parent,
            ["timestamp"] = Hex((Time ?? DateTimeOffset.UtcNow).ToUnixTimeSeconds()),
            ["transactions"] = new JsonArray(),
        };
        return new(number, hash, header, In(logs, number, hash), In(traces, number, hash));
    }

    private static JsonArray In(IEnumerable<JsonObject> parts, long number, string hash)
    {
        var all = new JsonArray();
        foreach (var (index, part) in parts.Index())
        {
            var own = part.DeepClone();
            (own["blockNumber"], own["blockHash"], own["logIndex"]) = (Hex(number), hash, Hex(index));
            all.Add(own);
        }

        return all;
    }

    private async Task Answer(HttpContext http)
    {
        Requests++;
        if (RetryAfter is { } seconds)
        {
            http.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            http.Response.Headers.RetryAfter = seconds;
            return;
        }

        var request = (await JsonNode.ParseAsync(http.Request.Body))!;
        JsonNode answer = request is JsonArray batch
            ? new JsonArray([.. batch.Select(one => OfOne(one!))])
            : OfOne(request);
        await http.Response.WriteAsync(answer.ToJsonString());
    }

    private JsonObject OfOne(JsonNode request)
    {
        lock (gate)
            return new()
            {
                ["id"] = request["id"]!.DeepClone(),
                ["result"] = Result(request["method"]!.GetValue<string>(), request["params"]!.AsArray())?.DeepClone(),
            };
    }

    private JsonNode? Result(string method, JsonArray parameters) => method switch
    {
        "eth_chainId" => "0x7a69",
        "eth_call" => "0x" + Anvil.Word(Decimals),
        "eth_getBlockByNumber" => Find(parameters[0]!.GetValue<string>())?.Header,
        "eth_getBlockByHash" => blocks.Find(block => block.Hash == parameters[0]!.GetValue<string>())?.Header,
        "eth_getLogs" => Logs(parameters[0]!),
        "trace_block" => Find(parameters[0]!.GetValue<string>())?.Traces,
        _ => null,
    };

    private Block? Find(string block)
    {
        var number = tags.TryGetValue(block, out var tagged) ? tagged
            : block == "latest" ? LatestSaid ?? blocks.Count - 1
            : long.Parse(block.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return number < blocks.Count ? blocks[(int)number] : null;
    }

    private JsonArray Logs(JsonNode filter)
    {
        var tokens = filter["address"]!.AsArray().Select(token => token!.GetValue<string>()).ToHashSet();
        var asked = filter["blockHash"] is { } hash
            ? blocks.FindAll(block => block.Hash == hash.GetValue<string>())
            : blocks.FindAll(block => block.Number >= Find(filter["fromBlock"]!.GetValue<string>())!.Number
                && block.Number <= Find(filter["toBlock"]!.GetValue<string>())!.Number);
        return
        [
            .. asked.SelectMany(block => block.Logs)
                .Where(log => tokens.Contains(log!["address"]!.GetValue<string>()))
                .Select(log => log!.DeepClone()),
        ];
    }

    private static string HashOf(string text) =>
        "0x" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Hex(BigInteger number) =>
        "0x" + (number.IsZero ? "0" : number.ToString("x", CultureInfo.InvariantCulture).TrimStart('0'));
}
