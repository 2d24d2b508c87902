using System.Net;
using Bleepay.Tests.Harness;
using Microsoft.Playwright;

namespace Bleepay.Tests.Silo;

/// <summary>The shop in which a developer tries the checkout.</summary>
public sealed class DemoShopTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [FactThatNeeds(Tool.Chromium)]
    public async Task A_developer_opens_the_service_in_a_browser_and_pays()
    {
        await using var service = await Start("Development");
        await using var browser = await Browser.Start();
        await using var visit = await ShopVisit.To(service.Address, browser, CustomerPage.DarkDesk);
        TestLog.Remember(await visit.Page.Locator("bleepay-checkout").First.GetAttributeAsync("widget-secret") ?? "");
        Assert.EndsWith("/demo", visit.Page.Url, StringComparison.Ordinal);
        Assert.Equal(2, await visit.Page.Locator("article").CountAsync());
        await CustomerPage.MustBeAccessible(visit.Page.MainFrame);

        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Buy for 12.50 USDC" }).ClickAsync();
        await visit.MustShow("Waiting for your payment");
        await visit.Frame.GetByRole(AriaRole.Button, new() { Name = "Payment final" }).ClickAsync();
        await visit.MustShow("Paid");
        await visit.MustHear("paid");
        await visit.Page.Keyboard.PressAsync("Escape");

        await Assertions.Expect(visit.Page.Locator(".thanks").First)
            .ToHaveTextAsync("Thank you. 12.5 USDC has arrived.");
        await Assertions.Expect(visit.Page.Locator("#log summary code").Last).ToHaveTextAsync("bleepay-open");
        Assert.All(visit.Requests, url => Assert.DoesNotContain("secret", url, StringComparison.Ordinal));
        Assert.Empty(visit.Messages);
        (await service.Api.Get("/console")).MustBeOk();
    }

    /// <summary>The picture of the README.</summary>
    [FactThatNeeds(Tool.Chromium)]
    public async Task The_checkout_covers_the_shop()
    {
        await using var service = await Start("Development");
        await using var browser = await Browser.Start();
        await using var visit = await ShopVisit.To(
            service.Address, browser, new() { ViewportSize = new() { Width = 1120, Height = 760 } });
        TestLog.Remember(await visit.Page.Locator("bleepay-checkout").First.GetAttributeAsync("widget-secret") ?? "");

        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Buy for 12.50 USDC" }).ClickAsync();
        await visit.MustShow("Waiting for your payment");

        await visit.Page.EvaluateAsync(
            """
            () => {
              for (const code of document.querySelectorAll('pre'))
                code.textContent = code.textContent.replace(/wdgt_secret_[^"]*/, 'wdgt_secret_…');
            }
            """);
        await CustomerPage.Picture(visit.Page, "demo-shop", isWhole: false);
        var frame = await visit.Page.Locator("bleepay-checkout iframe").BoundingBoxAsync();
        Assert.InRange(frame!.Height, 700, 760);
        Assert.Equal(1120 / 2, frame.X + (frame.Width / 2), 1f);
    }

    [FactThatNeeds(Tool.Chromium)]
    public async Task The_customer_of_the_form_enters_the_amount()
    {
        await using var service = await Start("Development");
        await using var browser = await Browser.Start();
        await using var visit = await ShopVisit.To(
            service.Address + "demo", browser, CustomerPage.Phone);
        TestLog.Remember(await visit.Page.Locator("bleepay-checkout").First.GetAttributeAsync("widget-secret") ?? "");

        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Choose an amount" }).ClickAsync();
        await visit.Frame.Locator("input").FillAsync("3.50");
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.MustShow("Waiting for your payment");

        var change = await visit.MustHear("change");
        Assert.Equal("3.50", change["amount"]!.GetValue<string>());
        Assert.Empty(visit.Messages);
    }

    [Theory]
    [InlineData("Production", "http://127.0.0.1:0")]
    [InlineData("Development", "http://0.0.0.0:0")]
    public async Task Outside_development_on_loopback_there_is_no_shop(string environment, string url)
    {
        await using var service = await Start(environment, url);

        (await service.Api.Get("/demo")).MustBe(HttpStatusCode.NotFound, "not_found");
        (await service.Api.Get("/")).MustBe(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task A_database_with_another_widget_has_no_shop()
    {
        await using (var service = await Start("Production")) await service.Api.CreateWidget();

        await using var again = await Start("Development");

        (await again.Api.Get("/demo")).MustBe(HttpStatusCode.NotFound, "not_found");
    }

    public void Dispose() => folder.Dispose();

    /// <summary>The demo's secret is printed by design, so its console is not searched for secrets.</summary>
    private Task<ServiceProcess> Start(string environment, string url = "http://127.0.0.1:0")
    {
        var settings = new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = environment,
            ["ASPNETCORE_URLS"] = url,
        };
        return ServiceProcess.Start(folder.Path, settings, Path.Combine(folder.Path, "console.txt"));
    }
}
