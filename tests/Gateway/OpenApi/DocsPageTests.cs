using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.OpenApi;

/// <summary>The page that describes the API, in a real browser.</summary>
[Collection(ServiceFixture.Name)]
public sealed class DocsPageTests(ServiceFixture service)
{
    private string Url => new Uri(service.Host.Http.BaseAddress!, "/docs/").AbsoluteUri;

    [FactThatNeeds(Tool.Chromium)]
    public async Task It_works_under_its_own_content_security_policy()
    {
        await using var browser = await Browser.Start();
        var page = await browser.Open("about:blank");
        var violations = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Text.Contains("Content Security Policy", StringComparison.Ordinal))
                violations.Add(message.Text);
        };

        await page.GotoAsync(Url);
        await page.GetByText("Create a widget").First.WaitForAsync();

        Assert.Empty(violations);
        await Assert.ThrowsAnyAsync<Microsoft.Playwright.PlaywrightException>(
            () => page.EvaluateAsync("() => fetch('http://127.0.0.1:1/')"));
        Assert.Contains(violations, text => text.Contains("connect-src", StringComparison.Ordinal));
        Assert.Null(await page.EvaluateAsync<string?>(
            "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1'; " +
            "document.body.append(s); return window.ran ? 'ran' : null; }"));
    }

    [FactThatNeeds(Tool.Chromium)]
    public async Task No_other_page_shows_it_in_a_frame()
    {
        using var shop = ShopPage.On("localhost");
        await using var browser = await Browser.Start();
        var page = await browser.Open(shop.Url);
        var refused = new TaskCompletionSource<string>();
        page.Console += (_, message) =>
        {
            if (message.Text.Contains("frame-ancestors", StringComparison.Ordinal)) refused.TrySetResult(message.Text);
        };

        await page.EvaluateAsync(
            "url => { const f = document.createElement('iframe'); f.src = url; document.body.append(f); }", Url);

        await refused.Task.WaitAsync(TimeSpan.FromMinutes(3));
    }

    [Fact]
    public async Task Its_headers_keep_it_out_of_frames_and_foreign_scripts_out_of_it()
    {
        var page = (await service.Api.Get("/docs/")).MustBeOk();

        Assert.Equal("DENY", Assert.Single(page.Headers.GetValues("X-Frame-Options")));
        Assert.Equal("nosniff", Assert.Single(page.Headers.GetValues("X-Content-Type-Options")));
        var policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; script-src 'self' 'sha256-", policy, StringComparison.Ordinal);
        Assert.EndsWith("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe-eval", policy, StringComparison.Ordinal);
    }
}
