using System.Net;
using Bleepay.Gateway.Widgets;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Http;

/// <summary>Which pages may call the API, as a preflight and every answer report it to the browser.</summary>
[Collection(ServiceFixture.Name)]
public sealed class CorsTests(ServiceFixture service)
{
    private const string AllowOrigin = "Access-Control-Allow-Origin";
    private const string Shop = "https://shop.example";
    private const string Other = "https://other.example";

    private static readonly string[] AllowedHeaders =
        ["authorization", "content-type", "idempotency-key", "last-event-id", "x-client-secret"];

    private static readonly string[] ExposedHeaders =
        ["Date", "Link", "RateLimit", "RateLimit-Policy", "Retry-After", "WWW-Authenticate"];

    private static readonly string[] MethodsOfPages = ["GET", "POST"];

    public static TheoryData<string, string, bool> Pages => new()
    {
        { "shop.example", Shop, true },
        { "shop.example", "http://shop.example:8080", true },
        { "shop.example", Other, false },
        { "shop.example", "https://a.shop.example", false },
        { "shop.example", "https://shop.example.evil.test", false },
        { "shop.example", "null", false },
        { "*.shop.example", "https://a.shop.example", true },
        { "*.shop.example", Shop, false },
        { "*.shop.example", "https://evilshop.example", false },
    };

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task A_preflight_of_create_session_is_answered_by_the_widget_s_domains(
        string domain, string origin, bool isAllowed)
    {
        var widget = await WidgetOf(domain);

        var answer = await Preflight(widget.SessionsPath, "POST", origin);

        MustAllow(answer, isAllowed ? origin : null);
        if (isAllowed)
        {
            Assert.Equal(AllowedHeaders, List(answer, "Access-Control-Allow-Headers"));
            Assert.Equal(MethodsOfPages, List(answer, "Access-Control-Allow-Methods"));
            Assert.Equal("600", Header(answer, "Access-Control-Max-Age"));
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task An_answer_of_create_session_can_be_read_by_the_widget_s_pages_alone(
        string domain, string origin, bool isAllowed)
    {
        var widget = await WidgetOf(domain);

        var answers = new[]
        {
            await service.Api.CreateSession(widget, origin: origin),
            await service.Api.CreateSession(widget, Api.GoodSession().With("amount", "0"), origin: origin),
            await service.Api.CreateSession(widget with { Secret = "wrong" }, origin: origin),
            await service.Api.Post(widget.SessionsPath, origin: origin),
            await service.Api.PostRaw(widget.SessionsPath, [1], widget.Secret, "text/plain", origin: origin),
        };

        Assert.Equal(isAllowed ? HttpStatusCode.OK : HttpStatusCode.Forbidden, answers[0].Status);
        foreach (var answer in answers)
        {
            MustAllow(answer, isAllowed ? origin : null);
            if (isAllowed) Assert.Equal(ExposedHeaders, List(answer, "Access-Control-Expose-Headers"));
        }
    }

    [Fact]
    public async Task A_widget_without_domains_allows_any_page_and_echoes_none()
    {
        var widget = await service.Api.CreateWidget();

        foreach (var origin in (string[])[Shop, "null", "https://\"<evil>"])
        {
            MustAllow(await Preflight(widget.SessionsPath, "POST", origin), "*");
            MustAllow(await service.Api.CreateSession(widget, origin: Shop), "*");
        }
    }

    [Fact]
    public async Task A_page_can_read_that_a_widget_is_not_found()
    {
        foreach (var id in (string[])["wdgt_unknown", "nonsense"])
        {
            var path = $"/api/v1/widgets/{id}/create-session";
            MustAllow(await Preflight(path, "POST", Shop), "*");
            var answer = await service.Api.Post(path, Api.GoodSession(), "wdgt_secret_x", origin: Shop);
            MustAllow(answer.MustBe(HttpStatusCode.NotFound, "not_found"), "*");
        }
    }

    [Fact]
    public async Task Routes_of_a_session_and_config_can_be_read_by_any_page()
    {
        var session = await service.Api.NewSession(await WidgetOf("shop.example"));
        var config = session.Widget.ConfigPath;

        foreach (var origin in (string?[])[null, Shop, Other, "null"])
            foreach (var answer in (Answer[])
            [
                await service.Api.Get(session.Path, session.Secret, origin: origin),
                await service.Api.Get(session.Path, "wrong", origin: origin),
                await service.Api.Post(session.CancelPath, secret: "wrong", origin: origin),
                await service.Api.Get(config, session.Widget.Secret, origin: origin),
                await service.Api.Get(config, origin: origin),
                await service.Api.Get("/api/v1/widgets/wdgt_none/config", "x", origin: origin),
            ])
                Assert.Equal("*", Header(answer, AllowOrigin));

        foreach (var (path, method) in new[] { (session.Path, "GET"), (session.CancelPath, "POST"), (config, "GET") })
            Assert.Equal("*", Header(await Preflight(path, method, Other), AllowOrigin));
    }

    [Fact]
    public async Task The_management_of_widgets_is_for_no_page()
    {
        var widget = await service.Api.CreateWidget();
        var token = Tokens.For(widget.Business);

        Assert.Null(Header(await service.Api.Get(widget.Path, token: token, origin: Shop), AllowOrigin));
        Assert.Null(Header(await Preflight($"{widget.Path}/update-widget", "POST", Shop), AllowOrigin));
    }

    [Fact]
    public async Task No_answer_allows_credentials_that_browsers_send_automatically()
    {
        var widget = await WidgetOf("shop.example");

        foreach (var answer in (Answer[])
            [await Preflight(widget.SessionsPath, "POST", Shop), await service.Api.CreateSession(widget, origin: Shop)])
            Assert.Null(Header(answer, "Access-Control-Allow-Credentials"));
    }

    [Fact]
    public async Task A_change_of_the_domains_is_in_force_at_once_where_it_was_made()
    {
        var widget = await WidgetOf("shop.example");
        MustAllow(await Preflight(widget.SessionsPath, "POST", Other), null);

        (await service.Api.Manage(
            widget, "update-widget", Api.GoodWidget().WithJson("allowedDomains", "[\"other.example\"]"))).MustBeOk();

        MustAllow(await Preflight(widget.SessionsPath, "POST", Other), Other);
        MustAllow(await Preflight(widget.SessionsPath, "POST", Shop), null);
        (await service.Api.CreateSession(widget, origin: Other)).MustBeOk();
        Assert.InRange(WidgetDomains.AgeMax, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    private Task<TestWidget> WidgetOf(string domain) => service.Api.CreateWidget(
        Api.GoodWidget().WithJson("allowedDomains", $"[\"first.example\",\"{domain}\"]"));

    private Task<Answer> Preflight(string path, string method, string origin)
    {
        var request = new HttpRequestMessage(HttpMethod.Options, path);
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", method);
        request.Headers.Add("Access-Control-Request-Headers", "content-type,x-client-secret");
        return service.Api.Send(request);
    }

    /// <summary>Each answer depends on the page that asks, and has <c>Vary</c> for caches.</summary>
    private static void MustAllow(Answer answer, string? origin)
    {
        Assert.Equal(origin, Header(answer, AllowOrigin));
        Assert.Equal("Origin", Header(answer, "Vary"));
    }

    private static string? Header(Answer answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? Assert.Single(values) : null;

    private static IEnumerable<string> List(Answer answer, string name) =>
        Header(answer, name)!.Split(',').Select(one => one.Trim()).Order(StringComparer.Ordinal);
}
