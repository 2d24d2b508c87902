using System.Net;
using Bleepay.Gateway.Checkout;
using Bleepay.Tests.Grains.Sessions;
using Bleepay.Tests.Harness;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Bleepay.Tests.Gateway.Checkout;

/// <summary>Where the link to a session's page leads.</summary>
[Collection(ServiceFixture.Name)]
public sealed class CheckoutLinkTests(ServiceFixture service)
{
    [Fact]
    public async Task A_created_session_has_a_link_with_its_secret_in_the_fragment()
    {
        var session = await service.Api.NewSession(await service.Api.CreateWidget());

        var link = new Uri(session.Opened["checkoutUrl"]!);

        Assert.Equal(
            new Uri(service.Host.Http.BaseAddress!, $"/pay/{session.Widget.Id}/{session.Id}"),
            new Uri(link.GetLeftPart(UriPartial.Query)));
        Assert.Equal($"#{session.Secret}", link.Fragment);
    }

    [Theory]
    [InlineData(null, "localhost:8080", "127.0.0.1", "http://localhost:8080/pay/")]
    [InlineData(null, "127.0.0.1", "127.0.0.1", "http://127.0.0.1/pay/")]
    [InlineData(null, "[::1]:8080", "::1", "http://[::1]:8080/pay/")]
    [InlineData(null, "localhost", "10.0.0.7", null)]
    [InlineData(null, "pay.example.com", "127.0.0.1", null)]
    [InlineData(null, "", "127.0.0.1", null)]
    [InlineData(null, "localhost/evil", "127.0.0.1", null)]
    [InlineData("https://pay.example.com", "localhost", "127.0.0.1", "https://pay.example.com/pay/")]
    [InlineData("https://example.com/deposits/", "evil.example", "10.0.0.7", "https://example.com/deposits/pay/")]
    public void It_begins_with_the_public_url_or_else_with_a_loopback_address(
        string? publicUrl, string host, string localAddress, string? expected)
    {
        var links = new CheckoutLinks(Options.Create(new CheckoutOptions { PublicUrl = publicUrl }));
        var http = new DefaultHttpContext();
        http.Connection.LocalIpAddress = IPAddress.Parse(localAddress);
        http.Request.Scheme = "http";
        http.Request.Headers.Host = host;
        var session = PaidSessions.Opened().View();

        var link = links.Of(http.Request, session, "dep_secret_x");

        Assert.Equal(expected is null ? null : $"{expected}{session.WidgetId}/{session.Id}#dep_secret_x", link);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("", true)]
    [InlineData("https://pay.example.com", true)]
    [InlineData("https://pay.example.com/", true)]
    [InlineData("http://localhost:8080", true)]
    [InlineData("http://pay.example.com", false)]
    [InlineData("pay.example.com", false)]
    [InlineData("https://user@pay.example.com", false)]
    [InlineData("https://pay.example.com/?a=b", false)]
    [InlineData("https://pay.example.com/#a", false)]
    [InlineData("javascript:alert(1)", false)]
    public void A_public_url_is_an_https_url_without_query_and_fragment(string? url, bool isAccepted)
    {
        var result = new CheckoutOptionsValidator().Validate(null, new CheckoutOptions { PublicUrl = url });

        Assert.Equal(isAccepted, result.Succeeded);
        if (!isAccepted) Assert.Contains("Checkout__PublicUrl", result.FailureMessage, StringComparison.Ordinal);
    }
}
