using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Numerics;
using System.Text.Json.Nodes;

namespace Bleepay.Tests.Harness;

/// <summary>A separate, real EVM chain, which makes a block only at the test's command.</summary>
internal sealed class Anvil : IAsyncDisposable
{
    public const string ChainId = "31337";

    /// <summary>
    /// Code of a contract that calls transfer(to, amount + the contract's own coins) of a token; its input is token,
    /// to, amount. Where it has not received coins before, the same transaction transfers another amount.
    /// </summary>
    public const string BalancePayer =
        "0x63a9059cbb60e01b6000526020356004526040354701602452600060006044600060006000355af15000";

    /// <summary>Of each account. Many transfers in a row raise the price of gas, and use up less than this.</summary>
    private const string Coins = "1000000000";

    private const string Program = "@foundry-rs/anvil-linux-amd64/bin/anvil";
    private const string TokenFile = "@openzeppelin/contracts/build/contracts/ERC20PresetFixedSupply.json";

    private readonly TemporaryFolder folder = new();
    private readonly Process process;
    private readonly HttpClient http;
    private int lastId;
    private bool isOfThePast;

    private Anvil(Process process, string url)
    {
        this.process = process;
        Url = url;
        http = new HttpClient { BaseAddress = new Uri(url), Timeout = TimeSpan.FromSeconds(30) };
    }

    public static bool IsFound() => File.Exists(Installed(Program));

    public string Url { get; }

    /// <summary>Pays for everything; anvil signs for it.</summary>
    public string Payer { get; private set; } = "";

    /// <summary>Another account with coins. Its nonces do not depend on those of the first.</summary>
    public string OtherPayer { get; private set; } = "";

    /// <param name="begin">The time of its first block; now by default.</param>
    public static async Task<Anvil> Start(DateTimeOffset? begin = null)
    {
        Tools.Require(Tool.Anvil);
        var port = FreePort.Several(1)[0];
        var home = Directory.CreateTempSubdirectory("anvil-").FullName;
        var time = (begin ?? DateTimeOffset.UtcNow).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var process = System.Diagnostics.Process.Start(new ProcessStartInfo(
            Installed(Program),
            [
                "--host", "127.0.0.1", "--port", port.ToString(CultureInfo.InvariantCulture), "--chain-id", ChainId,
                "--no-mining", "--slots-in-an-epoch", "2", "--order", "fifo", "--accounts", "2", "--balance", Coins,
                "--timestamp", time,
            ])
        {
            // It writes blocks below its home.
            Environment = { ["HOME"] = home },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var anvil = new Anvil(process, $"http://127.0.0.1:{port}") { isOfThePast = begin is not null };
        await Eventually.Holds("anvil answers", TimeSpan.FromSeconds(30), anvil.IsReady);
        var accounts = (await anvil.Call("eth_accounts"))!;
        (anvil.Payer, anvil.OtherPayer) = (accounts[0]!.GetValue<string>(), accounts[1]!.GetValue<string>());
        return anvil;
    }

    public async Task<JsonNode?> Call(string method, params JsonNode?[] parameters)
    {
        var request = new JsonObject
        {
            ["jsonrpc"] = "2.0",
            ["id"] = Interlocked.Increment(ref lastId),
            ["method"] = method,
            ["params"] = new JsonArray([.. parameters.Select(one => one?.DeepClone())]),
        };
        using var response = await http.PostAsJsonAsync("", request);
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.True(answer["error"] is null, $"{method}: {answer}");
        return answer["result"];
    }

    /// <summary>
    /// Makes blocks of what was sent, a second apart. The first is of now: after a reorganisation, anvil's own clock is
    /// behind. Where the chain begins in the past, the first follows the last one.
    /// </summary>
    public async Task Mine(int blocks = 1)
    {
        if (isOfThePast)
        {
            await MineOn(blocks);
            return;
        }

        var latest = (await Call("eth_getBlockByNumber", "latest", false))!["timestamp"]!.GetValue<string>();
        var least = long.Parse(latest.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) + 1;
        await Call("evm_setNextBlockTimestamp", Math.Max(least, DateTimeOffset.UtcNow.ToUnixTimeSeconds()));
        await Call("anvil_mine", Hex(blocks));
    }

    /// <summary>Makes blocks of what was sent, each a second after the one before it.</summary>
    public async Task MineOn(int blocks) => await Call("anvil_mine", Hex(blocks), "0x1");

    public async Task<long> Head() => long.Parse(
        (await Call("eth_blockNumber"))!.GetValue<string>().AsSpan(2), NumberStyles.AllowHexSpecifier,
        CultureInfo.InvariantCulture);

    /// <summary>What an address has, in base units.</summary>
    /// <param name="token">By default the chain's own coin.</param>
    public async Task<BigInteger> Balance(string address, string? token = null)
    {
        var answer = token is null
            ? await Call("eth_getBalance", address, "latest")
            : await Call(
                "eth_call", new JsonObject { ["to"] = token, ["data"] = "0x70a08231" + Word(address) }, "latest");
        return BigInteger.Parse(
            string.Concat("0", answer!.GetValue<string>().AsSpan(2)), NumberStyles.AllowHexSpecifier,
            CultureInfo.InvariantCulture);
    }

    /// <summary>A token with 18 decimals, all of which the payer has.</summary>
    public async Task<string> DeployToken()
    {
        var code = JsonNode.Parse(await File.ReadAllTextAsync(Installed(TokenFile)))!["bytecode"]!.GetValue<string>();
        var arguments = Word(0x80) + Word(0xc0) + Word(BigInteger.Pow(10, 40)) + Word(Payer)
            + Word(4) + "53484f50".PadRight(64, '0') + Word(4) + "53484f50".PadRight(64, '0');
        var hash = await Send(null, BigInteger.Zero, code + arguments);
        await Mine();
        return (await Call("eth_getTransactionReceipt", hash))!["contractAddress"]!.GetValue<string>();
    }

    /// <summary>Sends a transaction, which waits for the next block.</summary>
    /// <param name="from">By default the payer.</param>
    /// <returns>Its hash.</returns>
    public async Task<string> Send(string? to, BigInteger value, string data = "0x", string? from = null)
    {
        var transaction = new JsonObject
        {
            ["from"] = from ?? Payer,
            ["value"] = Hex(value),
            ["data"] = data,
            ["gas"] = Hex(3_000_000),
        };
        if (to is not null) transaction["to"] = to;
        return (await Call("eth_sendTransaction", transaction))!.GetValue<string>();
    }

    /// <summary>Sends tokens, as a wallet does.</summary>
    public Task<string> SendToken(string token, string to, BigInteger units, string? from = null) =>
        Send(token, BigInteger.Zero, "0xa9059cbb" + Word(to) + Word(units), from);

    /// <summary>Places a contract with this code at a new address.</summary>
    public async Task<string> Place(string code)
    {
        var address = NewAddress();
        await Call("anvil_setCode", address, code);
        return address;
    }

    public static string NewAddress() =>
        "0x" + Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(20));

    public static string Word(string address) => address[2..].PadLeft(64, '0');

    public static string Word(BigInteger number) =>
        number.ToString("x", CultureInfo.InvariantCulture).TrimStart('0').PadLeft(64, '0');

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        var home = process.StartInfo.Environment["HOME"]!;
        Directory.Delete(home, recursive: true);
        process.Dispose();
        http.Dispose();
        folder.Dispose();
    }

    private async Task<bool> IsReady()
    {
        try
        {
            return await Call("eth_chainId") is not null;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static string Hex(BigInteger number) =>
        "0x" + (number.IsZero ? "0" : number.ToString("x", CultureInfo.InvariantCulture).TrimStart('0'));

    private static string Installed(string file) => Path.Combine(NodeTools.Folder, "node_modules", file);
}

/// <summary>One chain for all tests of a collection.</summary>
public sealed class AnvilFixture : IAsyncLifetime
{
    public const string Name = "anvil";

    private Anvil? anvil;

    internal Anvil Chain => anvil!;

    /// <summary>A machine without anvil skips the tests.</summary>
    public async Task InitializeAsync()
    {
        if (Tools.IsInstalled(Tool.Anvil)) anvil = await Anvil.Start();
    }

    public async Task DisposeAsync()
    {
        if (anvil is not null) await anvil.DisposeAsync();
    }
}

[CollectionDefinition(AnvilFixture.Name)]
public sealed class AnvilTests : ICollectionFixture<AnvilFixture>;
