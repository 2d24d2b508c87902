using System.Net;
using System.Text;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Http;

/// <summary>
/// Of two faults in one request, the answer reports the one that comes first in the contract's order.
/// </summary>
[Collection(ServiceFixture.Name)]
public sealed class RefusalOrderTests(ServiceFixture service)
{
    private const string KnownKey = "known";

    private static readonly (int Status, string Code)[] Order =
    [
        (401, "unauthorized"), (404, "not_found"), (403, "domain_not_allowed"), (413, "too_large"),
        (415, "unsupported_media_type"), (400, "validation_failed"), (409, "idempotency_conflict"),
        (429, "rate_limit"),
    ];

    private static readonly (int Status, string Code)[] ReportOrder =
    [
        (401, "unauthorized"), (404, "not_found"), (403, "forbidden"), (413, "too_large"),
        (415, "unsupported_media_type"), (400, "validation_failed"), (409, "payment_conflict"),
    ];

    /// <summary>Every fault alone, and every pair of them.</summary>
    public static TheoryData<int, int> SessionFaults => Pairs([.. Order.Select(refusal => refusal.Status)]);

    public static TheoryData<int, int> ReportFaults => Pairs([.. ReportOrder.Select(refusal => refusal.Status)]);

    public static TheoryData<int, int> WidgetFaults => Pairs([401, 404, 413, 415, 400]);

    [Theory]
    [MemberData(nameof(SessionFaults))]
    public async Task Create_session_reports_the_first_fault(int first, int second)
    {
        var widget = await service.Api.CreateWidget(Api.GoodWidget()
            .WithJson("allowedDomains", "[\"shop.example\"]")
            .With("maxOpenSessions", 1));
        await service.Api.NewSession(widget, idempotencyKey: KnownKey);
        bool Has(int fault) => first == fault || second == fault;

        var answer = await service.Api.PostRaw(
            Has(404) ? "/api/v1/widgets/wdgt_unknown/create-session" : widget.SessionsPath,
            Body(Has(400), Has(413)),
            secret: Has(401) ? null : widget.Secret,
            contentType: Has(415) ? "text/plain" : Api.Json,
            idempotencyKey: Has(409) ? KnownKey : "new",
            origin: Has(403) ? "https://other.example" : "https://shop.example");

        MustBe(answer, first);
    }

    [Theory]
    [MemberData(nameof(WidgetFaults))]
    public async Task Create_widget_reports_the_first_fault(int first, int second)
    {
        bool Has(int fault) => first == fault || second == fault;
        var body = Api.GoodWidget().With("name", Has(400) ? "" : "Shop").ToJsonString();

        var answer = await service.Api.PostRaw(
            $"/api/v1/businesses/{(Has(404) ? "biz_other" : Api.Business)}/widgets/create-widget",
            Encoding.UTF8.GetBytes(Has(413) ? body + new string(' ', 16 * 1024) : body),
            token: Has(401) ? null : Tokens.For(Api.Business),
            contentType: Has(415) ? "text/plain" : Api.Json);

        MustBe(answer, first);
    }

    [Theory]
    [MemberData(nameof(ReportFaults))]
    public async Task Report_payment_reports_the_first_fault(int first, int second)
    {
        var session = await service.Api.NewSession(await service.Api.CreateWidget());
        (await service.Api.Report(session, Api.GoodReport())).MustBeOk();
        bool Has(int fault) => first == fault || second == fault;
        var body = Api.GoodReport()
            .With("amount", Has(409) ? "7" : "100")
            .With("confirmations", Has(400) ? -1 : 12)
            .ToJsonString();

        var answer = await service.Api.PostRaw(
            Has(404) ? "/api/v1/widgets/deposit-sessions/dep_unknown/report-payment" : session.ReportPath,
            Encoding.UTF8.GetBytes(Has(413) ? body + new string(' ', 16 * 1024) : body),
            token: Has(401) ? null : Has(403) ? Tokens.For(Api.Business) : Tokens.Reporter(Api.Business),
            contentType: Has(415) ? "text/plain" : Api.Json);

        MustBe(answer, first, ReportOrder);
    }

    [Fact]
    public async Task A_wrong_secret_comes_before_the_domain_and_the_body()
    {
        var widget = await service.Api.CreateWidget(
            Api.GoodWidget().WithJson("allowedDomains", "[\"shop.example\"]"));

        var answer = await service.Api.PostRaw(
            widget.SessionsPath, Body(isInvalid: true, isLarge: true), widget.Secret + "x", "text/plain",
            origin: "https://other.example");

        answer.MustBeUnauthorized();
    }

    [Fact]
    public async Task A_foreign_business_comes_before_the_domain_and_the_body()
    {
        var widget = await service.Api.CreateWidget(
            Api.GoodWidget().WithJson("allowedDomains", "[\"shop.example\"]"));

        var answer = await service.Api.PostRaw(
            widget.SessionsPath, Body(isInvalid: true, isLarge: true), token: Tokens.For("biz_other"),
            contentType: "text/plain", origin: "https://other.example");

        answer.MustBe(HttpStatusCode.NotFound, "not_found");
    }

    /// <summary>Differs from the body of the known key.</summary>
    private static byte[] Body(bool isInvalid, bool isLarge)
    {
        var body = Api.GoodSession().With("amount", isInvalid ? "0" : "7").ToJsonString();
        return Encoding.UTF8.GetBytes(isLarge ? body + new string(' ', 16 * 1024) : body);
    }

    private static void MustBe(Answer answer, int status, (int Status, string Code)[]? order = null) =>
        answer.MustBe((HttpStatusCode)status, (order ?? Order).First(refusal => refusal.Status == status).Code);

    private static TheoryData<int, int> Pairs(int[] order)
    {
        var pairs = new TheoryData<int, int>();
        for (var first = 0; first < order.Length; first++)
            for (var second = first; second < order.Length; second++)
                pairs.Add(order[first], order[second]);
        return pairs;
    }
}
