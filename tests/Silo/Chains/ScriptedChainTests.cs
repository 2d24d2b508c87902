using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo.Chains;

/// <summary>What providers answer that no node can be made to answer.</summary>
public sealed class ScriptedChainTests
{
    private const int Final = WatchedChain.Final;

    private static readonly Dictionary<string, string?> TokensOnly = new()
    {
        ["Chains:local:NativeTransfers"] = "Off",
        ["Chains:local:StartBlock"] = "1",
    };

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Of_three_providers_the_two_that_agree_decide(int liar)
    {
        await using var first = await ScriptedChain.Start();
        await using var second = await ScriptedChain.Start();
        await using var third = await ScriptedChain.Start();
        ScriptedChain[] chains = [first, second, third];
        await using var watched = await WatchedChain.Start(TokensOnly, chains);
        var session = await watched.Open("5");
        var victim = await watched.Open("7");
        await watched.HeadIs(first.Head);

        chains[liar].Fork("another");
        foreach (var (index, chain) in chains.Index())
            chain.Mine(1, [index == liar ? Pays(victim, "7") : Pays(session, "5")]);
        foreach (var chain in chains) chain.Mine(Final);

        await watched.Becomes(session, "CONFIRMED", null);
        Assert.NotEqual("CONFIRMED", Status(await watched.Read(victim)));
        Assert.Contains("more than half of the providers have", watched.Host.LogText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_two_providers_disagree_nothing_is_final_and_the_cursor_stays()
    {
        await using var first = await ScriptedChain.Start();
        await using var second = await ScriptedChain.Start();
        await using var watched = await WatchedChain.Start(TokensOnly, first, second);
        var session = await watched.Open("5");
        await watched.HeadIs(first.Head);
        var settled = Settled(await watched.Health());

        second.Fork("another");
        first.Mine(1, [Pays(session, "5")]);
        second.Mine(1, [Pays(session, "5")]);
        first.Mine(Final + 2);
        second.Mine(Final + 2);
        await Eventually.Holds(
            "the disagreement is logged", TimeSpan.FromSeconds(30),
            () => Task.FromResult(watched.Host.LogText.Contains("providers disagree", StringComparison.Ordinal)));

        Assert.Equal("PENDING", Status(await watched.Becomes(session, "PENDING", null)));
        Assert.InRange(Settled(await watched.Health()), settled, 3);
    }

    [Fact]
    public async Task Transfers_of_coins_by_contracts_are_seen_in_traces_unless_they_were_undone()
    {
        await using var chain = await ScriptedChain.Start();
        await using var watched = await WatchedChain.Start(
            new() { ["Chains:local:NativeTransfers"] = "Traces", ["Chains:local:StartBlock"] = "1" }, chain);
        TestSession[] sessions =
        [
            await watched.Open("5", isNative: true), await watched.Open("5", isNative: true),
            await watched.Open("5", isNative: true),
        ];
        string To(int index) => sessions[index].Opened["depositAddress"]!;
        var units = WatchedChain.Units("5");

        chain.Mine(1, traces:
        [
            ScriptedChain.Trace("paid", Anvil.NewAddress(), 0, []),
            ScriptedChain.Trace("paid", To(0), units, [0]),
            ScriptedChain.Trace("undone", Anvil.NewAddress(), 0, [], error: "Reverted"),
            ScriptedChain.Trace("undone", To(1), units, [0]),
            ScriptedChain.Trace("delegated", To(2), units, [0], callType: "delegatecall"),
        ]);
        chain.Mine(Final);

        await watched.Becomes(sessions[0], "CONFIRMED", null);
        Assert.Equal("CREATED", Status(await watched.Read(sessions[1])));
        Assert.Equal("CREATED", Status(await watched.Read(sessions[2])));
    }

    [Theory]
    [InlineData("Safe", "safe")]
    [InlineData("Finalized", "finalized")]
    public async Task A_payment_is_final_only_once_the_chain_s_tag_has_passed_it(string finality, string tag)
    {
        await using var chain = await ScriptedChain.Start();
        chain.Tag(tag, 1);
        await using var watched = await WatchedChain.Start(
            new(TokensOnly) { ["Chains:local:Finality"] = finality }, chain);
        var session = await watched.Open("5");
        var block = chain.Head + 1;
        chain.Mine(1, [Pays(session, "5")]);
        chain.Mine(Final + 6);
        await watched.HeadIs(chain.Head);
        chain.Tag(tag, block - 1);
        chain.Mine();
        await watched.HeadIs(chain.Head);
        Assert.Equal("PENDING", Status(await watched.Read(session)));

        chain.Tag(tag, block);

        await watched.Becomes(session, "CONFIRMED", null);
    }

    [Fact]
    public async Task A_token_with_other_decimals_than_configured_stops_the_network()
    {
        await using var chain = await ScriptedChain.Start();
        chain.Decimals = 6;
        await using var watched = await WatchedChain.Start(TokensOnly, chain);

        await Eventually.Holds(
            "the network is stopped", TimeSpan.FromSeconds(30),
            async () => (await watched.Health())["stopped"]!.GetValue<bool>());

        Assert.Contains("has 6 decimals and not 18", watched.Host.LogText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_odd_tokens_only_the_amount_in_the_log_of_a_configured_one_counts()
    {
        await using var chain = await ScriptedChain.Start();
        await using var watched = await WatchedChain.Start(TokensOnly, chain);
        var fee = await watched.Open("1000");
        var none = await watched.Open("5");
        var to = none.Opened["depositAddress"]!;
        var units = WatchedChain.Units("5");

        chain.Mine(1,
        [
            Pays(fee, "990"),
            ScriptedChain.Log(to, units, topics: 4),
            ScriptedChain.Log(to, 0),
            ScriptedChain.Log(to, units, token: Anvil.NewAddress()),
        ]);
        chain.Mine(Final);

        Assert.Equal(
            "990", (await watched.Becomes(fee, "UNDERPAID", null))["receivedAmount"]!.GetValue<string>());
        Assert.Empty((await watched.Read(none))["transactions"]!.AsArray());
    }

    [Fact]
    public async Task A_provider_whose_head_stops_or_goes_back_is_replaced_by_one_that_advances()
    {
        await using var first = await ScriptedChain.Start();
        await using var second = await ScriptedChain.Start();
        await using var watched = await WatchedChain.Start(TokensOnly, first, second);
        var session = await watched.Open("5");
        await watched.HeadIs(first.Head);

        first.LatestSaid = 1;
        second.Mine(1, [Pays(session, "5")]);
        await watched.Becomes(session, "PENDING", 1);
        first.Mine(1, [Pays(session, "5")]);
        first.Mine(Final);
        second.Mine(Final);

        Assert.Single((await watched.Becomes(session, "CONFIRMED", null))["transactions"]!.AsArray());
        Assert.DoesNotContain("reorganisation", watched.Host.LogText, StringComparison.Ordinal);
    }

    private static JsonObject Pays(TestSession session, string amount) =>
        ScriptedChain.Log(session.Opened["depositAddress"]!, WatchedChain.Units(amount));

    private static string Status(JsonNode session) => session["paymentStatus"]!.GetValue<string>();

    private static long Settled(JsonNode health) => health["settledBlock"]!.GetValue<long>();
}
