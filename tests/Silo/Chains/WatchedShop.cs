using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo.Chains;

/// <summary>What a test does with a service that watches an anvil with a token: open sessions, pay, and read.</summary>
internal abstract class WatchedShop(Anvil chain, string token)
{
    /// <summary>The confirmations that make a payment final.</summary>
    public const int Final = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public Anvil Chain => chain;

    /// <summary>With 18 decimals, by the symbol SHOP.</summary>
    public string Token => token;

    public abstract Api Api { get; }

    /// <summary>The settings of a service that watches the chain.</summary>
    /// <param name="providers">Their URLs; anvil's own by default.</param>
    public static Dictionary<string, string?> SettingsOf(Anvil chain, string token, params string[] providers)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Chains:local:Confirmations"] = $"{Final}",
            ["Chains:local:PollInterval"] = "00:00:00.1",
            ["Chains:local:RequestTimeout"] = "00:00:02",
            ["Chains:local:Tokens:0:Address"] = token,
            ["Chains:local:Tokens:0:Symbol"] = "SHOP",
            ["Chains:local:Tokens:0:Decimals"] = "18",
        };
        foreach (var (index, url) in (providers.Length > 0 ? providers : [chain.Url]).Index())
            settings[$"Chains:local:Rpc:{index}"] = $"{url}/?key=secret-key-{index}";
        return settings;
    }

    /// <summary>Opens a session that asks for tokens, or for the chain's own coin.</summary>
    public async Task<TestSession> Open(string amount, string? address = null, bool isNative = false) =>
        await Api.NewSession(await Api.CreateWidget(), Body(amount, address, isNative));

    /// <summary>What a session is opened with.</summary>
    /// <param name="address">By default a new one.</param>
    public JsonObject Body(string amount, string? address = null, bool isNative = false) => new()
    {
        ["amount"] = amount,
        ["currency"] = isNative ? "ETH" : "SHOP",
        ["network"] = "local",
        ["currencyAddress"] = isNative ? "" : Token,
        ["depositAddress"] = address ?? Anvil.NewAddress(),
    };

    public Task<string> Pay(TestSession session, string amount)
    {
        var (to, units) = (session.Opened["depositAddress"]!, Units(amount));
        return session.Opened["currencyAddress"]!.Length == 0
            ? Chain.Send(to, units)
            : Chain.SendToken(Token, to, units);
    }

    /// <summary>Has a contract with the code <see cref="Anvil.BalancePayer"/> pay tokens.</summary>
    public Task<string> PayBy(string contract, TestSession session, string amount) => Chain.Send(
        contract, BigInteger.Zero,
        "0x" + Anvil.Word(Token) + Anvil.Word(session.Opened["depositAddress"]!) + Anvil.Word(Units(amount)));

    public async Task<JsonNode> Read(TestSession session) => (await Api.ReadAsMember(session)).Body;

    /// <summary>Waits until the session has this status and these confirmations.</summary>
    /// <param name="confirmations">Null for any number of them.</param>
    public async Task<JsonNode> Becomes(TestSession session, string status, int? confirmations)
    {
        JsonNode? shown = null;
        bool HasThem() => confirmations is null || shown!["confirmations"]!.GetValue<int>() == confirmations;
        await Eventually.Holds(
            $"{status} with {confirmations} confirmations", Patience,
            async () => (shown = await Read(session))["paymentStatus"]!.GetValue<string>() == status
                && HasThem());
        return shown!;
    }

    /// <summary>Waits until the service has read all blocks, and reported their payments.</summary>
    /// <param name="last">By default the chain's last block.</param>
    public async Task HeadIsRead(long? last = null)
    {
        var head = last ?? await Chain.Head();
        await Eventually.Holds(
            $"block {head} is read", Patience,
            async () => (await Api.Get("/health/chains")).MustBeOk().Body[0]!["headBlock"]?.GetValue<long>() == head);
    }

    /// <summary>In base units of a currency with 18 decimals.</summary>
    public static BigInteger Units(string amount)
    {
        var parts = amount.Split('.');
        var fraction = parts.Length > 1 ? parts[1] : "";
        return BigInteger.Parse(parts[0] + fraction.PadRight(18, '0'), CultureInfo.InvariantCulture);
    }
}
