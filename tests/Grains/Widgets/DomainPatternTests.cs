using Bleepay.Grains.Widgets;

namespace Bleepay.Tests.Grains.Widgets;

public sealed class DomainPatternTests
{
    [Theory]
    [InlineData("shop.example.com")]
    [InlineData("localhost")]
    [InlineData("*.example.com")]
    [InlineData("Shop.Example.COM")]
    [InlineData("xn--bcher-kva.example")]
    [InlineData("127.0.0.1")]
    public void A_host_name_or_a_wildcard_of_one_is_an_entry(string domain) =>
        Assert.Null(DomainPattern.Problem(domain));

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("*.")]
    [InlineData("https://shop.example.com")]
    [InlineData("shop.example.com:8443")]
    [InlineData("shop.example.com/pay")]
    [InlineData("shop.*.com")]
    [InlineData("-shop.example.com")]
    [InlineData("shop..example.com")]
    [InlineData("bücher.example")]
    [InlineData("shop.example.com\n")]
    public void Any_other_entry_is_refused(string domain) => Assert.NotNull(DomainPattern.Problem(domain));

    [Theory]
    [InlineData("shop.example.com", true)]
    [InlineData("pay.shop.example.com", false)]
    [InlineData("a.wild.example", true)]
    [InlineData("a.b.wild.example", true)]
    [InlineData("wild.example", false)]
    [InlineData("evilwild.example", false)]
    [InlineData(".wild.example", false)]
    [InlineData("", false)]
    [InlineData(null, true)]
    public void Only_listed_hosts_and_subdomains_of_wildcards_are_allowed(string? origin, bool isAllowed) =>
        Assert.Equal(isAllowed, new DomainPattern(["Shop.example.com", "*.wild.example"]).Allows(origin));

    [Fact]
    public void An_empty_list_allows_every_page() => Assert.True(new DomainPattern([]).Allows("any.example"));
}
