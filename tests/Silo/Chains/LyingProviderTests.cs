using System.Globalization;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;
using Microsoft.AspNetCore.Http;

namespace Bleepay.Tests.Silo.Chains;

/// <summary>The first of two providers sends wrong answers: the payment is still complete, and counts once.</summary>
[Collection(AnvilFixture.Name)]
public sealed class LyingProviderTests(AnvilFixture anvil)
{
    private const int Final = WatchedShop.Final;

    /// <summary>Seen at once, from the other provider.</summary>
    private static readonly Dictionary<string, Lie> Failures = new()
    {
        ["null for the latest block"] = OfLatest(truth => truth["result"] = null),
        ["null for logs"] = Of("eth_getLogs", truth => truth["result"] = null),
        ["an error for logs"] = Of("eth_getLogs", truth => Error(truth, -32000, "unknown block")),
        ["a limit for every range"] = Of("eth_getLogs", truth => Error(truth, -32005, "too many results")),
        ["another chain"] = (method, _, truth, _) =>
        {
            if (method == "eth_chainId") truth["result"] = "0x1";
            else Error(truth, -32601, "no");
            return Task.FromResult(false);
        },
        ["logs of another block"] = Of("eth_getLogs", truth =>
        {
            foreach (var log in truth["result"]!.AsArray()) log!["blockHash"] = "0x" + new string('1', 64);
        }),
        ["429 with Retry-After"] = Status(429),
        ["500"] = Status(500),
        ["HTML"] = Body(_ => "<html>Service unavailable</html>"),
        ["half an answer"] = Body(truth => truth[..(truth.Length / 2)]),
        ["a batch"] = Body(truth => $"[{truth}]"),
        ["silence"] = async (_, _, _, http) =>
        {
            var aborted = new TaskCompletionSource();
            await using var registration = http.RequestAborted.Register(aborted.SetResult);
            await aborted.Task;
            return true;
        },
        ["70 MB"] = async (_, _, _, http) =>
        {
            var part = new byte[1024 * 1024];
            Array.Fill(part, (byte)' ');
            for (var count = 0; count < 70; count++) await http.Response.Body.WriteAsync(part);
            return true;
        },
    };

    public static TheoryData<string> Kinds => [.. Failures.Keys];

    [TheoryThatNeeds(Tool.Anvil)]
    [MemberData(nameof(Kinds))]
    public async Task A_payment_is_complete_when_the_first_provider_answers(string lie)
    {
        await using var liar = await LyingProvider.Start(anvil.Chain.Url);
        await using var watched = await WatchedChain.Start(anvil.Chain, liar.Url, anvil.Chain.Url);
        var session = await watched.Open("5");

        liar.Lie = Failures[lie];
        await watched.Pay(session, "5");
        await anvil.Chain.Mine();
        await watched.Becomes(session, "PENDING", 1);
        liar.Lie = null;
        await anvil.Chain.Mine(Final - 1);

        var payment = Assert.Single((await watched.Becomes(session, "CONFIRMED", Final))["transactions"]!.AsArray())!;
        Assert.Equal("5", payment["amount"]!.GetValue<string>());
        Assert.NotEqual(0, liar.Lies);
        Assert.DoesNotContain("secret-key", watched.Host.LogText, StringComparison.Ordinal);
    }

    [FactThatNeeds(Tool.Anvil)]
    public async Task A_payment_that_the_first_provider_hides_is_found_by_the_second_reading()
    {
        await using var liar = await LyingProvider.Start(anvil.Chain.Url);
        await using var late = await LyingProvider.Start(anvil.Chain.Url);
        await using var watched = await WatchedChain.Start(anvil.Chain, liar.Url, late.Url);
        var session = await watched.Open("5");

        // The second may not be the first to show the block, or the service would prefer it.
        var latest = await anvil.Chain.Call("eth_getBlockByNumber", "latest", false);
        late.Lie = OfLatest(truth => truth["result"] = latest!.DeepClone());
        liar.Lie = Of("eth_getLogs", truth => truth["result"] = new JsonArray());
        await watched.Pay(session, "5");
        await anvil.Chain.Mine();
        await watched.HeadIsRead();
        Assert.Equal("CREATED", (await watched.Read(session))["paymentStatus"]!.GetValue<string>());
        late.Lie = null;
        await anvil.Chain.Mine(40);

        // It is not determined how many of the blocks the service sees at once.
        await watched.Becomes(session, "CONFIRMED", null);
        Assert.NotEqual(0, liar.Lies);
    }

    /// <summary>All are compared at the start, and then when the one that is read has no new block.</summary>
    [FactThatNeeds(Tool.Anvil)]
    public async Task A_block_that_comes_between_the_answers_of_two_providers_changes_no_provider()
    {
        await using var other = await LyingProvider.Start(anvil.Chain.Url);
        await using var watched = await WatchedChain.Start(anvil.Chain, anvil.Chain.Url, other.Url);
        var compared = new TaskCompletionSource();
        var comparisons = 0;
        other.Lie = async (method, parameters, truth, _) =>
        {
            if (method != "eth_getBlockByNumber" || parameters[0]!.GetValue<string>() != "latest") return false;
            if (Interlocked.Increment(ref comparisons) != 2) return false;
            await anvil.Chain.Mine();
            truth["result"] = (await anvil.Chain.Call("eth_getBlockByNumber", "latest", false))!.DeepClone();
            compared.SetResult();
            return false;
        };

        await compared.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await watched.HeadIs(await anvil.Chain.Head());

        Assert.DoesNotContain("is read from", watched.Host.LogText, StringComparison.Ordinal);
    }

    [FactThatNeeds(Tool.Anvil)]
    public async Task A_payment_that_only_one_provider_shows_is_never_final()
    {
        await using var liar = await LyingProvider.Start(anvil.Chain.Url);
        await using var watched = await WatchedChain.Start(anvil.Chain, liar.Url, anvil.Chain.Url);
        var session = await watched.Open("5");
        var address = Anvil.Word(session.Opened["depositAddress"]!);

        // The liar redirects another account's transfer to the session's address.
        liar.Lie = Of("eth_getLogs", truth =>
        {
            foreach (var log in truth["result"]!.AsArray()) log!["topics"]![2] = "0x" + address;
        });
        await anvil.Chain.SendToken(watched.Token, Anvil.NewAddress(), WatchedShop.Units("5"));
        await anvil.Chain.Mine();
        await watched.Becomes(session, "PENDING", 1);
        await anvil.Chain.Mine(Final + 2);
        await Eventually.Holds(
            "the contradiction is logged", TimeSpan.FromSeconds(30),
            () => Task.FromResult(watched.Host.LogText.Contains(
                "the second reading does not show it", StringComparison.Ordinal)));

        Assert.Equal("PENDING", (await watched.Read(session))["paymentStatus"]!.GetValue<string>());
    }

    [FactThatNeeds(Tool.Anvil)]
    public async Task A_provider_that_lags_at_the_start_removes_no_payment()
    {
        await using var liar = await LyingProvider.Start(anvil.Chain.Url);
        await using var watched = await WatchedChain.Start(anvil.Chain, liar.Url);
        var session = await watched.Open("5");
        var before = await anvil.Chain.Call("eth_getBlockByNumber", "latest", false);
        await watched.Pay(session, "5");
        await anvil.Chain.Mine(2);
        await watched.Becomes(session, "PENDING", 2);
        await watched.Host.DisposeAsync();

        liar.Lie = (method, parameters, truth, _) =>
        {
            if (method == "eth_getTransactionByHash") truth["result"] = null;
            else if (method == "eth_getBlockByNumber" && parameters[0]!.GetValue<string>() == "latest")
                truth["result"] = before!.DeepClone();
            return Task.FromResult(false);
        };
        await watched.StartService(Number(before!["number"]!));
        var lies = liar.Lies;
        await Eventually.True(
            () => liar.Lies > lies + 3, TimeSpan.FromSeconds(30), () => "the latest block is requested again");
        liar.Lie = null;
        await anvil.Chain.Mine(Final - 2);

        var confirmed = await watched.Becomes(session, "CONFIRMED", Final);
        Assert.DoesNotContain(
            confirmed["timeline"]!.AsArray(),
            change => change!["cause"]!.GetValue<string>() == "PAYMENT_REMOVED");
    }

    [FactThatNeeds(Tool.Anvil)]
    public async Task A_payment_is_found_behind_a_limit_of_blocks_that_the_provider_does_not_state()
    {
        const int limit = 3;
        await using var liar = await LyingProvider.Start(anvil.Chain.Url);
        await using var watched = await WatchedChain.Start(anvil.Chain, liar.Url);
        var session = await watched.Open("5");
        await watched.Host.DisposeAsync();
        await watched.Pay(session, "5");
        await anvil.Chain.Mine(40);

        liar.Lie = (method, parameters, truth, _) =>
        {
            if (method == "eth_getLogs" && Blocks(parameters[0]!) > limit) Error(truth, -32005, "too many blocks");
            return Task.FromResult(false);
        };
        await watched.StartService();

        await watched.Becomes(session, "CONFIRMED", 40);
        Assert.NotEqual(0, liar.Lies);
    }

    [TheoryThatNeeds(Tool.Anvil)]
    [InlineData(1)]
    [InlineData(0)]
    public async Task A_payment_is_found_where_the_provider_refuses_the_logs_of_a_single_block(int tokensMax)
    {
        await using var liar = await LyingProvider.Start(anvil.Chain.Url);
        await using var watched = await WatchedChain.Start(
            anvil.Chain,
            new Dictionary<string, string?>
            {
                ["Chains:local:Tokens:1:Address"] = await anvil.Chain.DeployToken(),
                ["Chains:local:Tokens:1:Symbol"] = "OTHER",
                ["Chains:local:Tokens:1:Decimals"] = "18",
            },
            liar.Url);
        var session = await watched.Open("5");
        liar.Lie = (method, parameters, truth, _) =>
        {
            if (method == "eth_getLogs" && parameters[0]!["address"]!.AsArray().Count > tokensMax)
                Error(truth, -32005, "query returned more than 10000 results");
            return Task.FromResult(false);
        };

        await watched.Pay(session, "5");
        await anvil.Chain.Mine();
        await watched.Becomes(session, "PENDING", 1);
        await anvil.Chain.Mine(Final - 1);

        await watched.Becomes(session, "CONFIRMED", Final);
        Assert.NotEqual(0, liar.Lies);
    }

    /// <summary>The number of blocks that a filter of logs covers; 0 for one by hash.</summary>
    private static long Blocks(JsonNode filter) =>
        filter["toBlock"] is { } to ? Number(to) - Number(filter["fromBlock"]!) + 1 : 0;

    private static long Number(JsonNode quantity) => long.Parse(
        quantity.GetValue<string>().AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static Lie Of(string lied, Action<JsonObject> change) => (method, _, truth, _) =>
    {
        if (method == lied) change(truth);
        return Task.FromResult(false);
    };

    private static Lie OfLatest(Action<JsonObject> change) => (method, parameters, truth, _) =>
    {
        if (method == "eth_getBlockByNumber" && parameters[0]!.GetValue<string>() == "latest") change(truth);
        return Task.FromResult(false);
    };

    private static Lie Status(int status) => (_, _, _, http) =>
    {
        http.Response.StatusCode = status;
        http.Response.Headers.RetryAfter = "2";
        return Task.FromResult(true);
    };

    private static Lie Body(Func<string, string> change) => async (_, _, truth, http) =>
    {
        await http.Response.WriteAsync(change(truth.ToJsonString()));
        return true;
    };

    private static void Error(JsonObject truth, int code, string message)
    {
        truth.Remove("result");
        truth["error"] = new JsonObject { ["code"] = code, ["message"] = message };
    }
}
