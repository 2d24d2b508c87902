using System.Net;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Widgets;

/// <summary>Which pages may use a widget, by the header that browsers set.</summary>
[Collection(ServiceFixture.Name)]
public sealed class WidgetDomainTests(ServiceFixture service)
{
    public static TheoryData<string, string, bool> Origins => new()
    {
        { "shop.example", "https://shop.example", true },
        { "shop.example", "http://shop.example:8080", true },
        { "shop.example", "https://SHOP.example", true },
        { "Shop.Example", "https://shop.example", true },
        { "shop.example", "https://www.shop.example", false },
        { "shop.example", "https://shop.example.evil.test", false },
        { "shop.example", "https://evilshop.example", false },
        { "shop.example", "https://other.example", false },
        { "shop.example", "https://shop.example@evil.test", false },
        { "shop.example", "null", false },
        { "shop.example", "shop.example", false },
        { "shop.example", "nonsense", false },
        { "shop.example", "file://", false },
        { "*.shop.example", "https://a.shop.example", true },
        { "*.shop.example", "https://a.b.shop.example:1", true },
        { "*.shop.example", "https://shop.example", false },
        { "*.shop.example", "https://evilshop.example", false },
        { "*.shop.example", "https://a.shop.example.evil.test", false },
        { "localhost", "http://localhost:3000", true },
        { "127.0.0.1", "http://127.0.0.1:3000", true },
        { "xn--bcher-kva.example", "https://xn--bcher-kva.example", true },
    };

    [Theory]
    [MemberData(nameof(Origins))]
    public async Task A_session_is_opened_from_allowed_domains_with_either_credential(
        string domain, string origin, bool isAllowed)
    {
        var widget = await service.Api.CreateWidget(
            Api.GoodWidget().WithJson("allowedDomains", $"[\"first.example\",\"{domain}\"]"));

        var bySecret = await service.Api.CreateSession(widget, origin: origin);
        var byToken = await service.Api.Post(
            widget.SessionsPath, Api.GoodSession(), token: Tokens.For(Api.Business), origin: origin);

        foreach (var answer in (Answer[])[bySecret, byToken])
            if (isAllowed) answer.MustBeOk();
            else answer.MustBe(HttpStatusCode.Forbidden, "domain_not_allowed");
    }

    [Theory]
    [MemberData(nameof(Origins))]
    public async Task The_configuration_shows_a_page_of_another_domain_why_it_gets_none(
        string domain, string origin, bool isAllowed)
    {
        var widget = await service.Api.CreateWidget(
            Api.GoodWidget().WithJson("allowedDomains", $"[\"{domain}\"]"));

        var bySecret = await service.Api.Get(widget.ConfigPath, widget.Secret, origin: origin);
        var byToken = await service.Api.Get(
            widget.ConfigPath, token: Tokens.For(Api.Business), origin: origin);

        foreach (var answer in (Answer[])[bySecret, byToken])
        {
            answer.MustBeOk();
            Assert.Equal("*", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
            if (isAllowed) Assert.NotNull(answer.Body["config"]);
            else Assert.Equal("{\"config\":null,\"reason\":\"domain_not_allowed\"}", answer.Text);
        }
    }

    [Fact]
    public async Task A_client_that_is_no_browser_needs_no_allowed_domain()
    {
        var widget = await service.Api.CreateWidget(
            Api.GoodWidget().WithJson("allowedDomains", "[\"shop.example\"]"));

        (await service.Api.CreateSession(widget)).MustBeOk();
        Assert.NotNull((await service.Api.Get(widget.ConfigPath, widget.Secret)).MustBeOk().Body["config"]);
    }

    [Theory]
    [InlineData("https://anywhere.example")]
    [InlineData("null")]
    public async Task A_widget_without_domains_takes_any_page(string origin)
    {
        var widget = await service.Api.CreateWidget();

        (await service.Api.CreateSession(widget, origin: origin)).MustBeOk();
        var config = await service.Api.Get(widget.ConfigPath, widget.Secret, origin: origin);
        Assert.NotNull(config.MustBeOk().Body["config"]);
    }

    [Fact]
    public async Task The_session_of_a_page_is_read_and_cancelled_from_anywhere()
    {
        var widget = await service.Api.CreateWidget(
            Api.GoodWidget().WithJson("allowedDomains", "[\"shop.example\"]"));
        var session = await service.Api.NewSession(widget);

        (await service.Api.Get(session.Path, session.Secret, origin: "https://other.example")).MustBeOk();
        (await service.Api.Post(session.CancelPath, secret: session.Secret, origin: "https://other.example"))
            .MustBeOk();
    }
}
