using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo.Chains;

/// <summary>
/// The process is killed, and the chain reorganises before it is started again: no removal has been reported.
/// </summary>
[Collection(AnvilFixture.Name)]
public sealed class CrashBeforeRemovalTests(AnvilFixture anvil) : IAsyncLifetime
{
    private const int Depth = WatchedShop.Final - 1;

    private WatchedProcess? watched;

    private WatchedProcess Watched => watched!;

    private Anvil Chain => anvil.Chain;

    public async Task InitializeAsync()
    {
        if (Tools.IsInstalled(Tool.Anvil)) watched = await WatchedProcess.Start(Chain);
    }

    public async Task DisposeAsync()
    {
        if (watched is not null) await watched.DisposeAsync();
    }

    [FactThatNeeds(Tool.Anvil)]
    public async Task A_payment_in_no_block_is_removed_at_the_next_start_unless_it_waits_for_one()
    {
        var (waiting, forgotten, dropped) = (await Open("4"), await Open("5"), await Open("3"));

        // The watcher can't see a payment inside a contract's call: it is reported by hand.
        var byHand = await Open("6");
        var foreign = await Chain.Send(Anvil.NewAddress(), 1);
        await Chain.Mine();
        (await Watched.Api.Report(byHand, Report(foreign, "6"))).MustBeOk();
        var again = await Raw(await Watched.Pay(waiting, "4"));
        var inVain = await Watched.Pay(forgotten, "5");
        var againInVain = await Raw(inVain);
        await Watched.Pay(dropped, "3");
        await Watched.Pay(dropped, "0.000001");
        await Chain.Mine(Depth);
        foreach (var session in (TestSession[])[waiting, forgotten, dropped])
            await Watched.Becomes(session, "PENDING", Depth);
        Assert.Equal("0.000001", Assert.Single(await Unmatched(dropped))!["amount"]!.GetValue<string>());

        // Only a later block than the payment's shows that it is gone.
        await KillAndReorganise();
        for (var later = 0; later < Depth; later++) await Chain.Mine();
        await Chain.Call("eth_sendRawTransaction", again);
        await Chain.Call("eth_sendRawTransaction", againInVain);
        await Watched.StartService();

        var removed = await Watched.Becomes(dropped, "CREATED", 0);
        Assert.Equal("REMOVED", removed["transactions"]![0]!["status"]!.GetValue<string>());
        Assert.Empty(await Unmatched(dropped));
        foreach (var session in (TestSession[])[waiting, forgotten, byHand])
            Assert.Equal("PENDING", (await Watched.Read(session))["paymentStatus"]!.GetValue<string>());

        await Chain.Call("anvil_dropTransaction", inVain);
        await Chain.Mine(WatchedShop.Final);
        MustNotHaveBeenRemoved(await Watched.Becomes(waiting, "CONFIRMED", WatchedShop.Final));
        await Watched.Becomes(forgotten, "CREATED", 0);
        await Watched.Becomes(byHand, "PENDING", 1);
    }

    [FactThatNeeds(Tool.Anvil)]
    public async Task What_another_block_has_is_counted_there_and_with_its_new_amount()
    {
        var (moved, changed) = (await Open("3"), await Open("7"));
        var payer = await Chain.Place(Anvil.BalancePayer);
        await Chain.SendToken(Watched.Token, payer, WatchedShop.Units("100"));
        await Chain.Mine();
        var same = await Raw(await Watched.Pay(moved, "3"));
        await Chain.Send(payer, 2, from: Chain.OtherPayer);
        var other = await Raw(await Watched.PayBy(payer, changed, "7"));
        await Chain.Mine(Depth);
        await Watched.Becomes(moved, "PENDING", Depth);
        var before = await Watched.Becomes(changed, "PENDING", Depth);
        Assert.Equal("7.000000000000000002", before["pendingAmount"]!.GetValue<string>());

        await KillAndReorganise(new JsonArray(same, 1), new JsonArray(other, 2));
        await Watched.StartService();
        await Chain.Mine(Depth);

        MustNotHaveBeenRemoved(await Watched.Becomes(moved, "CONFIRMED", null));
        var paid = await Watched.Becomes(changed, "CONFIRMED", null);
        Assert.Equal("7", Assert.Single(paid["transactions"]!.AsArray())!["amount"]!.GetValue<string>());
        Assert.Equal("7", paid["receivedAmount"]!.GetValue<string>());
    }

    private Task<TestSession> Open(string amount) => Watched.Open(amount);

    private async Task KillAndReorganise(params JsonNode[] transactions)
    {
        Watched.Process.Kill();
        await Chain.Call("anvil_reorg", Depth, new JsonArray(transactions));
    }

    private async Task<JsonArray> Unmatched(TestSession session) =>
        (await Watched.Api.Get(
            $"/api/v1/businesses/{session.Widget.Business}/unmatched-payments",
            token: Tokens.For(session.Widget.Business))).MustBeOk().Body.AsArray();

    private static void MustNotHaveBeenRemoved(JsonNode session) => Assert.DoesNotContain(
        session["timeline"]!.AsArray(), change => change!["cause"]!.GetValue<string>() == "PAYMENT_REMOVED");

    private static JsonObject Report(string transaction, string amount) => new()
    {
        ["txId"] = transaction,
        ["amount"] = amount,
        ["confirmations"] = 1,
    };

    private async Task<JsonNode> Raw(string transaction) =>
        (await Chain.Call("eth_getRawTransactionByHash", transaction))!.DeepClone();
}
