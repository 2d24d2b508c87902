using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo.Chains;

/// <summary>
/// Reorganisations of one block, of two, and of all but the one that would make a payment final, as HTTP shows them.
/// </summary>
[Collection(AnvilFixture.Name)]
public sealed class ReorganisationTests(AnvilFixture anvil) : WatchedChainTests(anvil)
{
    private const int Final = WatchedShop.Final;

    [TheoryThatNeeds(Tool.Anvil)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(Final - 1)]
    public async Task A_payment_is_dropped_moved_gets_another_log_index_or_another_amount(int depth)
    {
        var (dropped, moved) = (await Watched.Open("3"), await Watched.Open("4", isNative: true));
        var (shifted, changed) = (await Watched.Open("5"), await Watched.Open("7"));
        var payer = await Chain.Place(Anvil.BalancePayer);
        await Chain.SendToken(Watched.Token, payer, WatchedShop.Units("100"));
        await Chain.SendToken(Watched.Token, Chain.OtherPayer, WatchedShop.Units("100"));
        await Chain.Mine();

        // What another account sends comes first, and is missing in the new branch.
        await Chain.SendToken(Watched.Token, Anvil.NewAddress(), 1, from: Chain.OtherPayer);
        await Chain.Send(payer, 5, from: Chain.OtherPayer);
        var shiftedPayment = await Watched.Pay(shifted, "5");
        var movedPayment = await Watched.Pay(moved, "4");
        var changedPayment = await Watched.PayBy(payer, changed, "7");
        var droppedPayment = await Watched.Pay(dropped, "3");
        await Chain.Mine(depth);
        foreach (var session in (TestSession[])[dropped, moved, shifted])
            await Watched.Becomes(session, "PENDING", depth);
        Assert.Equal(
            "7.000000000000000005", Text(await Watched.Becomes(changed, "PENDING", depth), "pendingAmount"));
        Assert.Equal("0x1", await LogIndex(shiftedPayment));

        await Chain.Call("anvil_reorg", depth, new JsonArray(
            await In(0, shiftedPayment), await In(depth - 1, movedPayment), await In(depth - 1, changedPayment)));
        Assert.Equal("0x0", await LogIndex(shiftedPayment));
        MustHaveOnly(await Watched.Becomes(dropped, "CREATED", 0), droppedPayment, "3", "REMOVED");
        await Eventually.Holds("the new amount is shown", TimeSpan.FromSeconds(30), async () =>
            Text(await Watched.Read(changed), "pendingAmount") == "7");
        MustHaveOnly(await Watched.Becomes(changed, "PENDING", 1), changedPayment, "7", "PENDING");
        await Chain.Mine(Final - 2);
        await Watched.HeadIsRead();
        Assert.Equal("PENDING", Text(await Watched.Read(moved), "paymentStatus"));
        await Chain.Mine();

        MustHaveStayed(await Watched.Becomes(moved, "CONFIRMED", Final), movedPayment, "4");
        MustHaveStayed(await Watched.Becomes(shifted, "CONFIRMED", null), shiftedPayment, "5");
        var paid = await Watched.Becomes(changed, "CONFIRMED", Final);
        MustHaveOnly(paid, changedPayment, "7", "SETTLED");
        Assert.Equal("7", Text(paid, "receivedAmount"));
        Assert.Contains("PAYMENT_REMOVED", Causes(paid));
        Assert.Equal("CREATED", Text(await Watched.Read(dropped), "paymentStatus"));

        await Watched.Pay(dropped, "3");
        await Chain.Mine(Final);
        Assert.Equal("3", Text(await Watched.Becomes(dropped, "CONFIRMED", Final), "receivedAmount"));
    }

    private static void MustHaveStayed(JsonNode session, string transaction, string amount)
    {
        MustHaveOnly(session, transaction, amount, "SETTLED");
        Assert.Equal(amount, Text(session, "receivedAmount"));
        Assert.DoesNotContain("PAYMENT_REMOVED", Causes(session));
    }

    private static void MustHaveOnly(JsonNode session, string transaction, string amount, string status)
    {
        var payment = Assert.Single(session["transactions"]!.AsArray())!;
        Assert.Equal((transaction, amount), (Text(payment, "txId"), Text(payment, "amount")));
        Assert.Equal((status, 0), (Text(payment, "status"), payment["index"]!.GetValue<int>()));
    }

    private static IEnumerable<string> Causes(JsonNode session) =>
        session["timeline"]!.AsArray().Select(change => Text(change!, "cause"));

    /// <summary>The transaction in a block of the new branch.</summary>
    private async Task<JsonNode> In(int block, string transaction) => new JsonArray(
        (await Chain.Call("eth_getRawTransactionByHash", transaction))!.DeepClone(), block);

    private async Task<string> LogIndex(string transaction) => Text(
        (await Chain.Call("eth_getTransactionReceipt", transaction))!["logs"]![0]!, "logIndex");

    private static string Text(JsonNode node, string field) => node[field]!.GetValue<string>();
}
