using System.Numerics;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo.Chains;

/// <summary>Payments on a real chain, seen by the service and shown over HTTP.</summary>
[Collection(AnvilFixture.Name)]
public sealed class PaymentOnChainTests(AnvilFixture anvil) : WatchedChainTests(anvil)
{
    private const int Final = WatchedShop.Final;

    /// <summary>Calls transfer(to, amount) of a token twice; its input is token, to, amount.</summary>
    private const string TwicePayer =
        "0x63a9059cbb60e01b600052602035600452604035602452" +
        "600060006044600060006000355af150600060006044600060006000355af15000";

    /// <summary>Takes nothing.</summary>
    private const string Refuser = "0x60006000fd";

    [FactThatNeeds(Tool.Anvil)]
    public async Task A_token_payment_is_pending_from_its_block_on_and_confirmed_at_exactly_the_required_depth()
    {
        var session = await Watched.Open("60.5");
        await using var frames = await EventStream.Open(Watched.Host.Http, session);

        var transaction = await Watched.Pay(session, "60.5");
        await Chain.Mine();
        var pending = await Watched.Becomes(session, "PENDING", 1);
        Assert.Equal(("60.5", null), (Text(pending, "pendingAmount"), Text(pending, "paymentUri")));
        for (var depth = 2; depth < Final; depth++)
        {
            await Chain.Mine();
            await Watched.Becomes(session, "PENDING", depth);
        }

        await Chain.Mine();
        var confirmed = await Watched.Becomes(session, "CONFIRMED", Final);

        Assert.Equal((transaction, "60.5"), (Text(confirmed, "txId"), Text(confirmed, "receivedAmount")));
        var payment = Assert.Single(confirmed["transactions"]!.AsArray())!;
        Assert.Equal((0, Final), (payment["index"]!.GetValue<int>(), payment["confirmations"]!.GetValue<int>()));
        Assert.Equal(Chain.Payer, Text(payment, "from"), ignoreCase: true);
        Assert.Equal(
            ["CREATED 0", "PENDING 1", "PENDING 2", "PENDING 3", "CONFIRMED 4"],
            (await frames.Rest()).Select(frame => $"{frame.Status} {frame.Session["confirmations"]}"));
    }

    [FactThatNeeds(Tool.Anvil)]
    public async Task A_part_in_the_chain_s_own_coin_is_underpaid_and_the_rest_confirms_it()
    {
        var session = await Watched.Open("0.5", isNative: true);

        await Watched.Pay(session, "0.4");
        await Chain.Mine(Final);
        var part = await Watched.Becomes(session, "UNDERPAID", Final);
        Assert.EndsWith("?value=100000000000000000", Text(part, "paymentUri"), StringComparison.Ordinal);
        await Watched.Pay(session, "0.1");
        await Chain.Mine(Final);

        Assert.Equal("0.5", Text(await Watched.Becomes(session, "CONFIRMED", Final), "receivedAmount"));
    }

    [FactThatNeeds(Tool.Anvil)]
    public async Task Two_transfers_of_one_transaction_pay_two_sessions_at_one_address()
    {
        var address = Anvil.NewAddress();
        var first = await Watched.Open("7", address);
        var second = await Watched.Open("7", address);
        var payer = await Chain.Place(TwicePayer);
        await Chain.SendToken(Watched.Token, payer, WatchedShop.Units("14"));
        await Chain.Mine();

        var transaction = await Chain.Send(
            payer, BigInteger.Zero,
            "0x" + Anvil.Word(Watched.Token) + Anvil.Word(address) + Anvil.Word(WatchedShop.Units("7")));
        await Chain.Mine(Final);

        var paid = new List<string>();
        foreach (var session in (TestSession[])[first, second])
        {
            var shown = await Watched.Becomes(session, "CONFIRMED", Final);
            var payment = Assert.Single(shown["transactions"]!.AsArray())!;
            paid.Add($"{Text(payment, "txId")} {payment["index"]}");
        }

        Assert.Equal([$"{transaction} 0", $"{transaction} 1"], paid);
    }

    [FactThatNeeds(Tool.Anvil)]
    public async Task What_is_no_payment_changes_nothing()
    {
        var other = await Chain.DeployToken();
        var inTokens = await Watched.Open("5");
        var inCoins = await Watched.Open("5", await Chain.Place(Refuser), isNative: true);

        await Chain.SendToken(other, inTokens.Opened["depositAddress"]!, WatchedShop.Units("5"));
        await Watched.Pay(inTokens, "0");
        var failed = await Watched.Pay(inCoins, "5");
        await Chain.Mine(Final + 1);
        await Watched.HeadIsRead();

        var receipt = (await Chain.Call("eth_getTransactionReceipt", failed))!;
        Assert.Equal("0x0", Text(receipt, "status"));
        foreach (var session in (TestSession[])[inTokens, inCoins])
            Assert.Empty((await Watched.Read(session))["transactions"]!.AsArray());
    }

    [FactThatNeeds(Tool.Anvil)]
    public async Task A_payment_that_a_reorganisation_drops_is_taken_back()
    {
        var session = await Watched.Open("3");
        await Watched.Pay(session, "3");
        await Chain.Mine(Final - 1);
        await Watched.Becomes(session, "PENDING", Final - 1);

        await Chain.Call("anvil_reorg", Final - 1, new JsonArray());
        await Chain.Mine();

        var shown = await Watched.Becomes(session, "CREATED", 0);
        Assert.Equal("REMOVED", Text(shown["transactions"]![0]!, "status"));
        Assert.Contains(":", Text(shown, "paymentUri"), StringComparison.Ordinal);
    }

    [FactThatNeeds(Tool.Anvil)]
    public async Task A_payment_that_a_reorganisation_moves_stays_and_is_confirmed_in_its_new_block()
    {
        var session = await Watched.Open("3");
        await Watched.Pay(session, "3");
        var raw = await Chain.Call("eth_getRawTransactionByHash", (await Pending())[0]!.GetValue<string>());
        await Chain.Mine(2);
        await Watched.Becomes(session, "PENDING", 2);

        await Chain.Call("anvil_reorg", 2, new JsonArray(new JsonArray(raw!.DeepClone(), 1)));
        await Chain.Mine(2);
        await Watched.HeadIsRead();
        Assert.Equal("PENDING", Text(await Watched.Read(session), "paymentStatus"));
        await Chain.Mine();

        var confirmed = await Watched.Becomes(session, "CONFIRMED", Final);
        Assert.DoesNotContain(
            confirmed["timeline"]!.AsArray(), change => Text(change!, "cause") == "PAYMENT_REMOVED");
    }

    [FactThatNeeds(Tool.Anvil)]
    public async Task Payments_that_are_made_while_the_service_is_down_are_found_at_its_start()
    {
        var early = await Watched.Open("1");
        var late = await Watched.Open("2");
        await Watched.Host.DisposeAsync();
        await Watched.Pay(early, "1");
        await Chain.Mine(40);
        await Watched.Pay(late, "2");
        await Chain.Mine(2);

        await Watched.StartService();

        await Watched.Becomes(early, "CONFIRMED", 42);
        await Watched.Becomes(late, "PENDING", 2);
    }

    private async Task<JsonArray> Pending() =>
        (await Chain.Call("eth_getBlockByNumber", "pending", false))!["transactions"]!.AsArray();

    private static string? Text(JsonNode node, string field) => node[field]?.GetValue<string>();
}
