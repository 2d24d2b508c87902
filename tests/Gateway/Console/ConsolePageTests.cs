using Bleepay.Gateway.Console;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Console;

/// <summary>The answer that holds the console. Where it is not enabled, it is an unknown path (RouteTests).</summary>
[Collection(CheckoutService.Name)]
public sealed class ConsolePageTests(CheckoutService service)
{
    private const int PageBytesMax = 20 * 1024;

    [Theory]
    [InlineData("/console")]
    [InlineData("/console/")]
    public async Task It_runs_its_own_script_only_and_is_kept_nowhere(string path)
    {
        using var page = await service.Host.Http.GetAsync(path);

        Assert.Equal(System.Net.HttpStatusCode.OK, page.StatusCode);
        var policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; script-src 'sha256-", policy, StringComparison.Ordinal);
        Assert.Contains("; style-src 'sha256-", policy, StringComparison.Ordinal);
        Assert.EndsWith(
            "; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
            "require-trusted-types-for 'script'; trusted-types 'none'",
            policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("no-store", page.Headers.CacheControl!.ToString());
        Assert.Equal("DENY", Assert.Single(page.Headers.GetValues("X-Frame-Options")));
        Assert.Equal("nosniff", Assert.Single(page.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("no-referrer", Assert.Single(page.Headers.GetValues("Referrer-Policy")));
        Assert.Equal("same-origin", Assert.Single(page.Headers.GetValues("Cross-Origin-Opener-Policy")));
        Assert.False(page.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public void It_stays_small() => Assert.InRange(new ConsolePage().CompressedSize, 1, PageBytesMax);
}
