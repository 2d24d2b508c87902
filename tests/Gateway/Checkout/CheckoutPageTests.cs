using System.Net;
using Bleepay.Gateway.Checkout;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Checkout;

/// <summary>The answers that hold the page, its headers first.</summary>
[Collection(CheckoutService.Name)]
public sealed class CheckoutPageTests(CheckoutService service)
{
    private Api Api => new(service.Host.Http);

    [Theory]
    [InlineData("[]", "*")]
    [InlineData("""["shop.example"]""", "shop.example:*")]
    [InlineData("""["shop.example","*.example.org"]""", "shop.example:* *.example.org:*")]
    public async Task Only_the_pages_that_may_open_a_session_may_show_it_in_a_frame(string domains, string ancestors)
    {
        var widget = await Api.CreateWidget(Api.GoodWidget()
            .With("iconUrl", "https://cdn.example:8443/icon.png?a=b;c")
            .WithJson("allowedDomains", domains));

        foreach (var path in new[] { $"/pay/{widget.Id}", $"/pay/{widget.Id}/dep_any" })
        {
            using var page = await service.Host.Http.GetAsync(path);

            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
            var policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
            Assert.EndsWith(
                $"img-src 'self' data: https://cdn.example:8443; frame-ancestors {ancestors}", policy,
                StringComparison.Ordinal);
            Assert.Contains("script-src 'sha256-", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("no-referrer", Assert.Single(page.Headers.GetValues("Referrer-Policy")));
            Assert.Equal("noindex", Assert.Single(page.Headers.GetValues("X-Robots-Tag")));
            Assert.Equal("credentialless", Assert.Single(page.Headers.GetValues("Cross-Origin-Embedder-Policy")));
            Assert.False(page.Headers.Contains("X-Frame-Options"));
            Assert.False(page.Headers.Contains("Set-Cookie"));
        }
    }

    [Theory]
    [InlineData("wdgt_unknown")]
    [InlineData("nothing")]
    public async Task The_page_of_an_unknown_widget_is_in_no_frame(string widgetId)
    {
        using var page = await service.Host.Http.GetAsync($"/pay/{widgetId}");

        Assert.Equal(HttpStatusCode.NotFound, page.StatusCode);
        Assert.EndsWith(
            "frame-ancestors 'none'", Assert.Single(page.Headers.GetValues("Content-Security-Policy")),
            StringComparison.Ordinal);
        Assert.Equal("text/html", page.Content.Headers.ContentType!.MediaType);
    }

    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    [InlineData(null)]
    public async Task It_is_sent_compressed_and_only_once(string? encoding)
    {
        var widget = await Api.CreateWidget();
        using var first = await Get(widget, encoding, null);
        var tag = first.Headers.ETag!.ToString();

        using var second = await Get(widget, encoding, tag);

        Assert.Equal(encoding is null ? [] : [encoding], first.Content.Headers.ContentEncoding);
        Assert.Equal(["Accept-Language", "Accept-Encoding"], first.Headers.Vary);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        Assert.Empty(await second.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("?locale=de", "fr", "de")]
    [InlineData("", "fr-CA,fr;q=0.9", "fr")]
    [InlineData("", "xx, pt-BR;q=0.5, en;q=0.1", "pt")]
    [InlineData("", "zh-TW", "zh-Hans")]
    [InlineData("?locale=xx", "ja", "ja")]
    [InlineData("", "de;q=0", "en")]
    [InlineData("?locale=%3Cscript%3E", "", "en")]
    public async Task Its_language_is_the_shops_choice_or_else_the_browsers(
        string query, string accepted, string language)
    {
        var widget = await Api.CreateWidget();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/pay/{widget.Id}{query}");
        request.Headers.TryAddWithoutValidation("Accept-Language", accepted);

        using var page = await service.Host.Http.SendAsync(request);

        Assert.Contains($"<html lang=\"{language}\"", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_checkout_of_a_session_is_refused_for_another_widget()
    {
        var session = await Api.NewSession(
            await Api.CreateWidget(),
            Api.GoodSession().With("depositAddress", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"));
        var path = $"{session.Path}/checkout?widgetId=";

        (await Api.Get(path + session.Widget.Id, session.Secret)).MustBeOk();
        (await Api.Get($"{path}wdgt_other", session.Secret)).MustBe(HttpStatusCode.NotFound, "not_found");
    }

    [Theory]
    [InlineData("not a url")]
    [InlineData("http://cdn.example/icon.png")]
    [InlineData(null)]
    public async Task An_icon_that_is_no_https_url_opens_no_source(string? iconUrl)
    {
        var http = new Microsoft.AspNetCore.Http.DefaultHttpContext();

        await new CheckoutPage().Send(http, [], iconUrl);

        Assert.Contains(
            "img-src 'self' data:; ", http.Response.Headers.ContentSecurityPolicy.ToString(), StringComparison.Ordinal);
    }

    private Task<HttpResponseMessage> Get(TestWidget widget, string? encoding, string? knownTag)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"/pay/{widget.Id}");
        if (encoding is not null) request.Headers.AcceptEncoding.ParseAdd(encoding);
        if (knownTag is not null) request.Headers.TryAddWithoutValidation("If-None-Match", knownTag);
        return service.Host.Http.SendAsync(request);
    }
}
