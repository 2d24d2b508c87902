using System.Net;
using System.Text.Json.Nodes;
using Bleepay.Grains.Chains;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Chains;

/// <summary>Payments that no session took: how merchants list them, are notified of them and assign them.</summary>
[Collection(Databases.Name)]
public sealed class UnmatchedPaymentApiTests(Databases databases)
{
    private const string Deposit = "0xab00000000000000000000000000000000000001";

    private ServiceHost host = null!;
    private Api api = null!;
    private string business = null!;
    private TestWidget widget = null!;

    [Theory]
    [OnEachDatabase]
    public async Task A_payment_is_listed_and_its_event_has_the_same_data(string database)
    {
        await Use(database);
        await using var inbox = await Inbox.Open();
        var webhooks = new WebhookApi(api, business);
        await webhooks.CreateEndpoint(inbox.Url, "deposit.unmatched");
        var session = await Open();

        var id = await host.RecordUnmatched(session, "0xa1", amount: "12345678901234567890123456789012345.000001");
        await host.RecordUnmatched(session, "0xa2", reason: UnmatchedReason.Dust);
        await inbox.Holds(1);

        var listed = (await List()).Single(payment => payment["id"]!.GetValue<string>() == id);
        var sent = Assert.Single(inbox.Received).Body;
        Assert.Equal("deposit.unmatched", sent["type"]!.GetValue<string>());
        Assert.Equal(listed.ToJsonString(), sent["data"]!.ToJsonString());
        Assert.Equal(
            ("polygon", "0xa1", "USDC", "0x3c499c542cef5e3811e1192ce70d8cc03d5c3359", Deposit, "ambiguous", 1),
            (Text(listed, "network"), Text(listed, "txId"), Text(listed, "currency"), Text(listed, "currencyAddress"),
                Text(listed, "depositAddress"), Text(listed, "reason"), listed["confirmations"]!.GetValue<int>()));
        Assert.Equal("12345678901234567890123456789012345.000001", Text(listed, "amount"));
        Assert.True(listed.AsObject().ContainsKey("sessionId") && listed["sessionId"] is null);
        Assert.Equal(2, (await List()).Count);
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_payment_is_assigned_to_one_session_which_counts_it_once(string database)
    {
        await Use(database);
        var (one, other) = (await Open(), await Open());
        var id = await host.RecordUnmatched(one, "0xb1", confirmations: 12);

        var assigned = (await Assign(id, one.Id)).MustBeOk();
        var again = (await Assign(id, one.Id)).MustBeOk();

        Assert.Equal("CONFIRMED", assigned["paymentStatus"]);
        Assert.Equal("100", again["receivedAmount"]);
        Assert.Equal(assigned.Body["sequence"]!.GetValue<int>(), again.Body["sequence"]!.GetValue<int>());
        (await Assign(id, other.Id)).MustBe(HttpStatusCode.Conflict, "payment_conflict");
        Assert.Empty(await List());
        var listed = Assert.Single(await List("?assigned=true"));
        Assert.Equal(one.Id, Text(listed, "sessionId"));
        Assert.NotNull(listed["assignedAt"]);
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_settled_payment_is_final_and_late_in_a_session_that_has_ended(string database)
    {
        await Use(database);
        var session = await Open();
        (await api.Cancel(session)).MustBeOk();
        var id = await host.RecordUnmatched(session, "0xc1", amount: "7", confirmations: 3, isSettled: true);

        var assigned = (await Assign(id, session.Id)).MustBeOk();

        Assert.Equal(("EXPIRED", "7"), (assigned["paymentStatus"], assigned["lateAmount"]));
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_session_that_the_payment_can_not_be_for_is_refused_and_the_payment_stays_unassigned(
        string database)
    {
        await Use(database);
        var session = await Open();
        var elsewhere = await api.NewSession(widget, Api.GoodSession().With("depositAddress", "0xOther"));
        var foreign = await Open(await api.CreateWidget(business: Api.NewBusiness()));
        var id = await host.RecordUnmatched(session, "0xd1");

        foreach (var sessionId in new[] { elsewhere.Id, foreign.Id, "dep_none", "wdgt_none" })
            (await Assign(id, sessionId)).MustRefuse("sessionId");
        (await api.Post(Path(id), new JsonObject(), token: Tokens.Reporter(business))).MustRefuse("sessionId");

        Assert.Single(await List());
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_claim_is_released_when_the_session_refuses_the_payment(string database)
    {
        await Use(database);
        var (session, other) = (await Open(), await Open());
        (await api.Post(
            session.ReportPath, Api.GoodReport().With("txId", "0xe1").With("amount", "3"),
            token: Tokens.Reporter(business))).MustBeOk();
        var id = await host.RecordUnmatched(session, "0xe1", amount: "4");

        (await Assign(id, session.Id)).MustBe(HttpStatusCode.Conflict, "payment_conflict");

        Assert.Null(Assert.Single(await List())["sessionId"]);
        (await Assign(id, other.Id)).MustBe(HttpStatusCode.Conflict, "payment_conflict");
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_removed_payment_is_not_listed_and_can_not_be_assigned(string database)
    {
        await Use(database);
        var session = await Open();
        var id = await host.RecordUnmatched(session, "0xf1");
        await host.RecordUnmatched(session, "0xf1", isRemoved: true);

        Assert.Empty(await List());
        (await Assign(id, session.Id)).MustBe(HttpStatusCode.NotFound, "not_found");
    }

    [Theory]
    [OnEachDatabase]
    public async Task Only_reporters_of_the_business_or_of_any_assign(string database)
    {
        await Use(database);
        var session = await Open();
        var id = await host.RecordUnmatched(session, "0x91");
        var body = new JsonObject().With("sessionId", session.Id);

        (await api.Post(Path(id), body)).MustBeUnauthorized();
        (await api.Post(Path(id), body, token: Tokens.For(business))).MustBe(HttpStatusCode.Forbidden, "forbidden");
        (await api.Post(Path(id), body, token: Tokens.Reporter("biz_other")))
            .MustBe(HttpStatusCode.NotFound, "not_found");
        var anywhere = Tokens.Make(new Dictionary<string, object> { ["scope"] = "payments:report" });
        (await api.Post(
            Path(id).Replace(business, "biz_other", StringComparison.Ordinal), body, token: anywhere))
            .MustBe(HttpStatusCode.NotFound, "not_found");
        (await api.Post(Path(id), body, token: anywhere)).MustBeOk();
    }

    [Theory]
    [OnEachDatabase]
    public async Task Pages_follow_each_other_by_the_link(string database)
    {
        await Use(database);
        var session = await Open();
        for (var number = 0; number < 5; number++) await host.RecordUnmatched(session, $"0x8{number}");

        var found = new List<string>();
        var query = "?limit=2";
        while (query.Length > 0)
        {
            var page = (await api.Get(ListPath + query, token: Tokens.For(business))).MustBeOk();
            found.AddRange(page.Body.AsArray().Select(payment => Text(payment!, "id")));
            query = page.Headers.TryGetValues("Link", out var links)
                ? links.Single().Split('>')[0].Split('?')[1].Insert(0, "?")
                : "";
        }

        Assert.Equal((5, 5), (found.Count, found.Distinct().Count()));
        (await api.Get(ListPath + "?assigned=yes", token: Tokens.For(business))).MustRefuse("assigned");
    }

    private string ListPath => $"/api/v1/businesses/{business}/unmatched-payments";

    private string Path(string id) => $"{ListPath}/{id}/assign-payment";

    private async Task Use(string database)
    {
        host = await databases.Host(database);
        api = new Api(host.Http);
        business = Api.NewBusiness();
        widget = await api.CreateWidget(business: business);
    }

    private Task<TestSession> Open(TestWidget? at = null) => api.NewSession(
        at ?? widget,
        Api.GoodSession().With("depositAddress", Deposit.Replace("0xab", "0xAB", StringComparison.Ordinal)));

    private Task<Answer> Assign(string id, string sessionId) =>
        api.Post(Path(id), new JsonObject().With("sessionId", sessionId), token: Tokens.Reporter(business));

    private async Task<IReadOnlyList<JsonNode>> List(string query = "") =>
    [
        .. (await api.Get(ListPath + query, token: Tokens.For(business)))
            .MustBeOk().Body.AsArray().Select(one => one!),
    ];

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();
}
