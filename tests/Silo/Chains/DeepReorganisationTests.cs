using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo.Chains;

/// <summary>A reorganisation removes the settled block, and payments that were final with it.</summary>
[Collection(AnvilFixture.Name)]
public sealed class DeepReorganisationTests(AnvilFixture anvil)
{
    private const int Final = WatchedShop.Final;

    private Anvil Chain => anvil.Chain;

    [FactThatNeeds(Tool.Anvil)]
    public async Task The_network_stops_lists_what_is_lost_and_resumes_at_the_block_that_an_operator_sets()
    {
        await using var watched = await WatchedChain.Start(Chain);
        using var measured = new MeasuredValues();

        // Blocks are a second apart: those of this test are ahead of the clock.
        await Chain.Mine(5 * Final);
        var early = await watched.Open("1");
        var earlyPayment = await watched.Pay(early, "1");
        await Chain.Mine(Final);
        await watched.Becomes(early, "CONFIRMED", Final);
        var (moved, lost, pending) = (await watched.Open("2"), await watched.Open("3"), await watched.Open("4"));
        var movedPayment = await watched.Pay(moved, "2");
        var again = (await Chain.Call("eth_getRawTransactionByHash", movedPayment))!.DeepClone();
        var lostPayment = await watched.Pay(lost, "3");
        await Chain.Mine(Final);
        foreach (var session in (TestSession[])[moved, lost])
            await watched.Becomes(session, "CONFIRMED", Final);
        await watched.Pay(pending, "4");
        await Chain.Mine();
        await watched.Becomes(pending, "PENDING", 1);
        var settled = await watched.Chain.Head() - Final;
        await Eventually.Holds(
            "the payments' block is settled", TimeSpan.FromSeconds(10),
            async () => (await Health(watched))["settledBlock"]!.GetValue<long>() == settled);

        await Chain.Call("anvil_reorg", Final + 1, new JsonArray(new JsonArray(again, 1)));
        await Eventually.Holds(
            "the losses are listed", TimeSpan.FromSeconds(30),
            () => Task.FromResult(watched.Host.LogText.Contains("1 final payments", StringComparison.Ordinal)));

        await MustBeStopped(watched, settled);
        var listed = watched.Host.LogText.Split('\n')
            .Where(line => line.Contains("no longer on the chain, transaction", StringComparison.Ordinal)).ToList();
        Assert.Contains($"3 SHOP is no longer on the chain, transaction {lostPayment}, session {lost.Id}",
            Assert.Single(listed), StringComparison.Ordinal);
        Assert.DoesNotContain(listed, line => line.Contains(earlyPayment, StringComparison.Ordinal));
        Assert.Equal([("local", 1)], measured.Counts("bleepay.chain.settled_lost", "network"));
        var unseen = await watched.Open("5");
        await watched.Pay(unseen, "5");
        for (var later = 0; later < Final; later++) await Chain.Mine();

        await watched.Host.DisposeAsync();
        watched.Settings["Chains:local:StartBlock"] = $"{settled + 1}";
        await watched.StartService();

        await watched.Becomes(unseen, "CONFIRMED", Final);
        await watched.Becomes(pending, "CREATED", 0);
        foreach (var session in (TestSession[])[early, moved, lost])
            await watched.Becomes(session, "CONFIRMED", Final);
        Assert.Equal((false, null), Stopped(await Health(watched)));
        Assert.True((await Network(watched))["watched"]!.GetValue<bool>());
        await watched.Pay(pending, "4");
        await Chain.Mine(Final);
        await watched.Becomes(pending, "CONFIRMED", Final);
    }

    private static async Task MustBeStopped(WatchedChain watched, long settled)
    {
        await Eventually.Holds(
            "the network is shown as stopped", TimeSpan.FromSeconds(10),
            async () => Stopped(await Health(watched)).IsStopped);
        var health = await Health(watched);
        Assert.Contains($"Chains__local__StartBlock", Stopped(health).Advice, StringComparison.Ordinal);
        Assert.Contains($"{settled + 1} or higher", Stopped(health).Advice, StringComparison.Ordinal);
        Assert.Equal(settled, health["settledBlock"]!.GetValue<long>());
        Assert.False((await Network(watched))["watched"]!.GetValue<bool>());
    }

    private static (bool IsStopped, string? Advice) Stopped(JsonNode health) =>
        (health["stopped"]!.GetValue<bool>(), health["advice"]?.GetValue<string>());

    private static async Task<JsonNode> Health(WatchedChain watched) =>
        (await watched.Api.Get("/health/chains")).MustBeOk().Body[0]!;

    private static async Task<JsonNode> Network(WatchedChain watched) =>
        (await watched.Api.Get("/api/v1/finance/networks")).MustBeOk().Body[0]!;
}
