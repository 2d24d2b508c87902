using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Chains;

/// <summary>What create-session refuses on a network that is watched, and what it answers.</summary>
[Collection(WatchedService.Name)]
public sealed class WatchedSessionTests(WatchedService service)
{
    private const string Shop = "0x52908400098527886E0F7030069857D2E4169EE7";
    private const string InPoints = $"\"currency\":\"POINTS\",\"currencyAddress\":\"{WatchedService.Points}\"";
    private const string InEther = "\"currency\":\"ETH\",\"currencyAddress\":\"\"";
    private const string Unknown = "0xde709f2102306220921060314715629080e2fb77";

    /// <summary>A change of a good body, the field that is then refused, and its message.</summary>
    public static TheoryData<string, string, string> Refused => new()
    {
        { """{"network":"Polygon"}""", "network", "'polygon'" },
        { """{"depositAddress":"0xMerchantWalletAddress"}""", "depositAddress", "40 hexadecimal digits" },
        { """{"depositAddress":"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"}""", "depositAddress", "40 hexadecimal" },
        { """{"depositAddress":"0x52908400098527886E0F7030069857D2E4169Ee7"}""", "depositAddress", "EIP-55" },
        { """{"depositAddress":"0x0000000000000000000000000000000000000000"}""", "depositAddress", "zero" },
        { $$"""{"depositAddress":"{{WatchedService.Usdc}}"}""", "depositAddress", "token" },
        { $$"""{"depositAddress":"{{Unknown}}","currencyAddress":"{{Unknown}}","currency":"OTHER"}""",
            "depositAddress", "token" },
        { """{"currencyAddress":"0x3c499c"}""", "currencyAddress", "40 hexadecimal digits" },
        { """{"currencyAddress":"USDC"}""", "currencyAddress", "empty for POL" },
        { """{"currency":"USDT"}""", "currency", "USDC" },
        { """{"currencyAddress":""}""", "currency", "POL" },
        { $$"""{"currencyAddress":"{{Unknown}}"}""", "currencyAddress", WatchedService.Usdc },
        { $$"""{"currencyAddress":"{{Unknown}}","currency":"POL"}""", "currencyAddress", "empty" },
        { """{"amount":"1.0000001"}""", "amount", "6 digits" },
        { """{"amount":"1.0000000"}""", "amount", "6 digits" },
        { """{"amount":"1.0000000000000000000","currency":"POL","currencyAddress":""}""", "amount", "18 digits" },
        { $$"""{"network":"shopnet","amount":"1.0",{{InPoints}}}""", "amount", "0 digits" },
    };

    /// <summary>What is changed of a good body, and the URI that the session then has.</summary>
    public static TheoryData<string, string?> Accepted => new()
    {
        { "{}", $"ethereum:{WatchedService.Usdc}@137/transfer?address={Shop}&uint256=100000000" },
        { """{"amount":"0.000001"}""", $"ethereum:{WatchedService.Usdc}@137/transfer?address={Shop}&uint256=1" },
        { """{"currencyAddress":"0x3C499C542CEF5E3811E1192CE70D8CC03D5C3359"}""",
            $"ethereum:{WatchedService.Usdc}@137/transfer?address={Shop}&uint256=100000000" },
        { """{"depositAddress":"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed","amount":"12.50"}""",
            $"ethereum:{WatchedService.Usdc}@137/transfer?address={WatchedService.Points}&uint256=12500000" },
        { """{"amount":"0.000000000000000001","currency":"POL","currencyAddress":""}""",
            $"ethereum:{Shop}@137?value=1" },
        { $$"""{"network":"ethereum","amount":"1234567890123.000000000000000001",{{InEther}}}""",
            $"ethereum:{Shop}@1?value=1234567890123000000000000000001" },
        { $$"""{"network":"shopnet","amount":"7",{{InPoints}}}""",
            $"ethereum:{WatchedService.Points}@7777777/transfer?address={Shop}&uint256=7" },
        { $$"""{"currency":"OTHER","currencyAddress":"{{Unknown}}","amount":"0.00000000000000000000000001"}""", null },
        { """{"network":"base","depositAddress":"0xMerchantWalletAddress","currencyAddress":"USDC"}""", null },
        { """{"network":"tron","depositAddress":"TXYZ","currencyAddress":"T"}""", null },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Terms_that_could_not_be_paid_as_they_stand_are_refused(string changes, string field, string words)
    {
        var answer = await service.Api.CreateSession(await service.Api.CreateWidget(), Body(changes));

        answer.MustRefuse(field);
        Assert.Contains(words, Assert.Single(answer.ErrorsOf(field)), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Accepted))]
    public async Task Terms_that_can_be_paid_have_the_uri_that_pays_them(string changes, string? uri)
    {
        var session = await service.Api.NewSession(await service.Api.CreateWidget(), Body(changes));

        Assert.Equal(uri, session.Opened["paymentUri"]);
        Assert.Equal(uri, (await service.Api.Get(session.Path, session.Secret)).MustBeOk()["paymentUri"]);
    }

    [Fact]
    public async Task All_that_is_wrong_is_in_one_answer_with_one_message_a_field()
    {
        var body = Body("""{"currency":"usdt","depositAddress":"","amount":"0.0000000","customerEmail":"x"}""");

        var answer = await service.Api.CreateSession(
            await service.Api.CreateWidget(Api.GoodWidget().With("minAmount", "5")), body);

        answer.MustRefuse("currency", "depositAddress", "amount", "customerEmail");
        Assert.All(answer.ErrorPaths, path => Assert.Single(answer.ErrorsOf(path)));
    }

    [Fact]
    public async Task The_uri_asks_for_what_is_missing_wherever_the_session_is_shown()
    {
        var business = Api.NewBusiness();
        var session = await service.Api.NewSession(
            await service.Api.CreateWidget(business: business), Body("""{"amount":"10"}"""));

        Assert.Equal(("0", Uri("10000000")), await Shown(session));
        await Report(session, "0xa1", "4.25", 1);
        Assert.Equal(("4.25", Uri("5750000")), await Shown(session));
        await Report(session, "0xa2", "5.75", 0);
        Assert.Equal(("10", null), await Shown(session));
        await Report(session, "0xa2", "5.75", 0, isRemoved: true);
        Assert.Equal(("4.25", Uri("5750000")), await Shown(session));
        await Report(session, "0xa1", "4.25", 20);
        Assert.Equal(("0", Uri("5750000")), await Shown(session));

        // Less than a base unit can only be reported; the rest is rounded up, so that it pays.
        await Report(session, "0xa3", "0.0000001", 20);
        Assert.Equal(("0", Uri("5750000")), await Shown(session));
        await Report(session, "0xa4", "6", 20);
        Assert.Equal(("0", null), await Shown(session));
    }

    [Fact]
    public async Task A_session_that_was_cancelled_has_no_uri()
    {
        var session = await service.Api.NewSession(await service.Api.CreateWidget(), Body("{}"));

        (await service.Api.Cancel(session)).MustBeOk();

        Assert.Equal(("0", null), await Shown(session));
    }

    private static string Uri(string units) =>
        $"ethereum:{WatchedService.Usdc}@137/transfer?address={Shop}&uint256={units}";

    /// <summary>What the customer, a member, the list and a frame show, which must be the same.</summary>
    private async Task<(string? Pending, string? Uri)> Shown(TestSession session)
    {
        var member = Tokens.For(session.Widget.Business);
        var list = $"/api/v1/businesses/{session.Widget.Business}/deposit-sessions?widgetId={session.Widget.Id}";
        await using var events = await EventStream.Open(service.Host.Http, session);
        List<JsonNode> all =
        [
            (await service.Api.Get(session.Path, session.Secret)).MustBeOk().Body,
            (await service.Api.ReadAsMember(session)).Body,
            (await service.Api.Get(list, token: member)).MustBeOk().Body.AsArray()[0]!,
            (await events.Next())!.Session,
        ];
        return Assert.Single(all
            .Select(shown => (shown["pendingAmount"]?.GetValue<string>(), shown["paymentUri"]?.GetValue<string>()))
            .Distinct());
    }

    private async Task Report(
        TestSession session, string transaction, string amount, int confirmations, bool isRemoved = false) =>
        (await service.Api.Report(session, new JsonObject
        {
            ["txId"] = transaction,
            ["amount"] = amount,
            ["confirmations"] = confirmations,
            ["removed"] = isRemoved,
        })).MustBeOk();

    private static JsonObject Body(string changes)
    {
        var body = Api.GoodSession().With("depositAddress", Shop);
        foreach (var (field, value) in JsonNode.Parse(changes)!.AsObject()) body[field] = value!.DeepClone();
        return body;
    }
}
