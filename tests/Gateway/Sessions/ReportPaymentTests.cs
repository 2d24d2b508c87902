using System.Net;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Sessions;

/// <summary>A payment processor of the operator's own drives sessions over HTTP.</summary>
[Collection(ServiceFixture.Name)]
public sealed class ReportPaymentTests(ServiceFixture service)
{
    private static readonly Dictionary<string, Func<string>> MayReport = new()
    {
        ["scope"] = () => Tokens.Reporter(Api.Business),
        ["scope among others"] = () => Claiming("scope", "\"openid payments:report email\""),
        ["scp as a string"] = () => Claiming("scp", "\"payments:report\""),
        ["scp as an array"] = () => Claiming("scp", "[\"openid\",\"payments:report\"]"),
        ["any business"] = () => Tokens.Make(new Dictionary<string, object> { ["scope"] = "payments:report" }),
    };

    private static readonly Dictionary<string, Func<string>> LackScope = new()
    {
        ["no scope"] = () => Tokens.For(Api.Business),
        ["another scope"] = () => Claiming("scope", "\"payments:read\""),
        ["a longer scope"] = () => Claiming("scope", "\"payments:report:all\""),
        ["an object with the scope in it"] = () => Claiming("scope", "{\"a\":\" payments:report \"}"),
        ["an array with an object in it"] = () => Claiming("scp", "[\"payments:report\",{\"a\":1}]"),
        ["an array in an array"] = () => Claiming("scp", "[[\"payments:report\"]]"),
        ["another case"] = () => Claiming("scope", "\"PAYMENTS:REPORT\""),
        ["another separator"] = () => Claiming("scope", "\"openid,payments:report\""),
        ["another claim"] = () => Claiming("roles", "\"payments:report\""),
    };

    private static readonly Dictionary<string, Func<string>> Foreign = new()
    {
        ["another business"] = () => Tokens.Reporter("biz_other"),
        ["another business, no scope"] = () => Tokens.For("biz_other"),
        ["no business, no scope"] = () => Tokens.Make(new Dictionary<string, object> { ["scope"] = "openid" }),
        ["no business in an array"] = () => Businesses("[]"),
        ["null for a business"] = () => Businesses("null"),
        ["an empty business"] = () => Businesses("\"\""),
    };

    public static TheoryData<string> GoodTokens => [.. MayReport.Keys];

    public static TheoryData<string> TokensWithoutScope => [.. LackScope.Keys];

    public static TheoryData<string> ForeignTokens => [.. Foreign.Keys];

    public static TheoryData<string, string> BadFields => new()
    {
        { "txId", "null" }, { "txId", "\"\"" }, { "txId", "5" }, { "txId", "\"tx\\u00e9\"" },
        { "txId", $"\"{new string('x', 129)}\"" },
        { "amount", "null" }, { "amount", "5" }, { "amount", "\"0\"" }, { "amount", "\"-1\"" }, { "amount", "\"1e3\"" },
        { "amount", $"\"{new string('9', 33)}\"" },
        { "confirmations", "null" }, { "confirmations", "-1" }, { "confirmations", "1.5" },
        { "confirmations", "\"12\"" }, { "confirmations", "2147483648" },
        { "index", "-1" }, { "index", "\"0\"" }, { "index", "0.5" },
        { "removed", "\"true\"" }, { "removed", "0" },
        { "from", "\"\"" }, { "from", "\"0x 1\"" }, { "from", $"\"{new string('f', 129)}\"" },
        { "observedAt", "1780000000000" }, { "observedAt", "\"yesterday\"" },
        { "observedAt", "\"2026-06-01T12:00:00\"" }, { "observedAt", "\"2026-06-01T12:00:00+02:00\"" },
        { "observedAt", "\"2026-02-30T12:00:00Z\"" },
    };

    public static TheoryData<string, string> FieldsAtTheirLimit => new()
    {
        { "txId", $"\"{new string('x', 128)}\"" }, { "txId", "\" ~\"" }, { "amount", $"\"{new string('9', 32)}\"" },
        { "confirmations", "0" }, { "confirmations", "2147483647" }, { "index", "2147483647" }, { "index", "null" },
        { "removed", "true" }, { "removed", "null" }, { "from", $"\"{new string('f', 128)}\"" },
        { "observedAt", "\"2026-06-01T12:00:00Z\"" }, { "observedAt", "\"2026-06-01T12:00:00.1234567Z\"" },
    };

    [Fact]
    public async Task A_session_is_paid_in_the_sight_of_its_customer_and_its_merchant()
    {
        var session = await Open();
        var report = Api.GoodReport()
            .With("from", "0xPayer").With("observedAt", "2026-06-01T12:00:00.5Z").With("confirmations", 2);
        var seen = (await service.Api.Report(session, report)).MustBeOk();
        Assert.Equal(("PENDING", "0x5e1f", "0", "2"), Shown(seen));

        var paid = (await service.Api.Report(session, report.With("confirmations", 12))).MustBeOk();

        Assert.Equal(("CONFIRMED", "0x5e1f", "100", "12"), Shown(paid));
        Assert.Equal((await service.Api.ReadAsMember(session)).Text, paid.Text);
        Assert.Equal(paid.Text, (await service.Api.Report(session, report)).MustBeOk().Text);
        var forCustomer = (await service.Api.Get(session.Path, session.Secret)).MustBeOk();
        Assert.Equal(("CONFIRMED", "0x5e1f", "100", "12"), Shown(forCustomer));
        Assert.Equal("3", forCustomer["sequence"]);
        Assert.Equal(paid["confirmedAt"], forCustomer["confirmedAt"]);

        var transaction = Assert.Single(paid.Body["transactions"]!.AsArray())!;
        Assert.Equal(
            $$"""
            {"txId":"0x5e1f","index":0,"amount":"100","status":"SETTLED","confirmations":12,"from":"0xPayer",
            "observedAt":"2026-06-01T12:00:00.500Z","observedInTime":true,"seenAt":"{{At(paid, 1)}}",
            "settledAt":"{{At(paid, 2)}}","ambiguous":false}
            """.ReplaceLineEndings(""),
            transaction.ToJsonString());
        Assert.Equal(
            [
                "1 CREATED CREATED null null 0 0", "2 PENDING PAYMENT_SEEN \"0x5e1f\" 0 0 2",
                "3 CONFIRMED PAYMENT_SETTLED \"0x5e1f\" 0 100 12",
            ],
            paid.Body["timeline"]!.AsArray().Select(Line));
        Assert.Equal(At(paid, 2), paid["confirmedAt"]);
    }

    [Fact]
    public async Task Parts_add_up_within_the_tolerance_of_the_session_s_widget()
    {
        var session = await Open(Api.GoodWidget().With("underpaymentTolerancePercent", "2.5"));

        var part = await service.Api.Report(session, Api.GoodReport().With("amount", "97.4"));
        Assert.Equal(("UNDERPAID", "0x5e1f", "97.4", "12"), Shown(part.MustBeOk()));

        // A change of the widget doesn't reach the session.
        (await service.Api.Manage(
            session.Widget, "update-widget", new JsonObject { ["underpaymentTolerancePercent"] = null })).MustBeOk();
        var rest = await service.Api.Report(session, Api.GoodReport().With("amount", "0.10").With("index", 1));

        Assert.Equal(("CONFIRMED", "0x5e1f", "97.5", "12"), Shown(rest.MustBeOk()));
    }

    [Fact]
    public async Task Money_after_the_end_is_recorded_and_returned_and_does_not_change_the_status()
    {
        var session = await Open();
        (await service.Api.Cancel(session)).MustBeOk();

        var late = (await service.Api.Report(session, Api.GoodReport().With("amount", "70.70"))).MustBeOk();

        Assert.Equal(("EXPIRED", "0x5e1f", "0", "12"), Shown(late));
        Assert.Equal("70.7", late["lateAmount"]);
        Assert.Null(late.Body["confirmedAt"]);
        var transaction = Assert.Single(late.Body["transactions"]!.AsArray())!;
        Assert.Equal("LATE", transaction["status"]!.GetValue<string>());
        Assert.Equal(
            ["CREATED", "CANCELLED", "PAYMENT_SEEN", "PAYMENT_LATE"],
            late.Body["timeline"]!.AsArray().Select(change => change!["cause"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_payment_that_vanishes_takes_the_session_back()
    {
        var session = await Open();
        var report = Api.GoodReport().With("confirmations", 3);
        (await service.Api.Report(session, report)).MustBeOk();

        var removed = (await service.Api.Report(session, report.With("removed", true))).MustBeOk();

        Assert.Equal(("CREATED", null, "0", "0"), Shown(removed));
        Assert.Equal("REMOVED", removed.Body["transactions"]![0]!["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_same_payment_with_another_amount_is_a_conflict_and_changes_nothing()
    {
        var session = await Open();
        var first = (await service.Api.Report(session, Api.GoodReport().With("txId", "0xAB"))).MustBeOk();

        var other = await service.Api.Report(
            session, Api.GoodReport().With("txId", "0xab").With("amount", "100.000000000000000001"));

        other.MustBe(HttpStatusCode.Conflict, "payment_conflict");
        Assert.Equal(first.Text, (await service.Api.ReadAsMember(session)).Text);
    }

    [Theory]
    [MemberData(nameof(GoodTokens))]
    public async Task A_token_with_the_scope_may_report(string token) =>
        (await Report(await Open(), MayReport[token]())).MustBeOk();

    [Theory]
    [MemberData(nameof(TokensWithoutScope))]
    public async Task A_member_without_the_scope_is_forbidden_to_report(string token)
    {
        var session = await Open();

        (await Report(session, LackScope[token]())).MustBe(HttpStatusCode.Forbidden, "forbidden");

        Assert.Equal("CREATED", (await service.Api.ReadAsMember(session))["paymentStatus"]);
    }

    [Theory]
    [MemberData(nameof(ForeignTokens))]
    public async Task A_token_of_another_business_finds_no_session(string token) =>
        (await Report(await Open(), Foreign[token]())).MustBe(HttpStatusCode.NotFound, "not_found");

    [Fact]
    public async Task Only_a_good_token_can_report_and_the_scope_grants_nothing_else()
    {
        var session = await Open();
        var body = Api.GoodReport();
        var anyBusiness = MayReport["any business"]();

        (await service.Api.Post(session.ReportPath, body)).MustBeUnauthorized();
        (await service.Api.Post(session.ReportPath, body, session.Secret)).MustBeUnauthorized();
        (await service.Api.Post(session.ReportPath, body, session.Widget.Secret)).MustBeUnauthorized();
        (await service.Api.Post(session.ReportPath, body, token: anyBusiness + "x")).MustBeUnauthorized();
        foreach (var path in (string[])[session.Path, session.Widget.Path])
            (await service.Api.Get(path, token: anyBusiness)).MustBe(HttpStatusCode.NotFound, "not_found");
        (await service.Api.Post(session.CancelPath, token: anyBusiness))
            .MustBe(HttpStatusCode.NotFound, "not_found");
    }

    [Theory]
    [MemberData(nameof(BadFields))]
    public async Task A_wrong_field_is_reported(string field, string json) =>
        (await service.Api.Report(await Open(), Api.GoodReport().WithJson(field, json))).MustRefuse(field);

    [Theory]
    [MemberData(nameof(FieldsAtTheirLimit))]
    public async Task A_field_may_go_to_its_limit(string field, string json) =>
        (await service.Api.Report(await Open(), Api.GoodReport().WithJson(field, json))).MustBeOk();

    [Fact]
    public async Task Every_wrong_field_is_reported_at_once()
    {
        var body = new JsonObject { ["index"] = -1, ["removed"] = 1, ["from"] = "", ["observedAt"] = "now" };

        var answer = await service.Api.Report(await Open(), body);

        answer.MustRefuse("txId", "amount", "confirmations", "index", "removed", "from", "observedAt");
    }

    private async Task<TestSession> Open(JsonObject? widget = null) =>
        await service.Api.NewSession(await service.Api.CreateWidget(widget));

    private Task<Answer> Report(TestSession session, string token) =>
        service.Api.Post(session.ReportPath, Api.GoodReport(), token: token);

    private static (string? Status, string? TxId, string? Received, string? Confirmations) Shown(Answer answer) =>
        (answer["paymentStatus"], answer["txId"], answer["receivedAmount"], answer["confirmations"]);

    /// <summary>A change without its time.</summary>
    private static string Line(JsonNode? change) => string.Join(' ',
        change!["sequence"], change["paymentStatus"], change["cause"], change["txId"]?.ToJsonString() ?? "null",
        change["index"]?.ToJsonString() ?? "null", change["receivedAmount"], change["confirmations"]);

    private static string At(Answer answer, int index) =>
        answer.Body["timeline"]![index]!["at"]!.GetValue<string>();

    private static string Claiming(string claim, string json) =>
        Tokens.Raw("""{"alg":"HS256","typ":"JWT"}""", Tokens.Claims(Api.Business).WithJson(claim, json));

    private static string Businesses(string json) => Tokens.Raw(
        """{"alg":"HS256","typ":"JWT"}""",
        Tokens.Claims(Api.Business).With("scope", "payments:report").WithJson("business_id", json));
}
