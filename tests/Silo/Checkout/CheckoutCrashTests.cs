using Bleepay.Tests.Harness;
using Microsoft.Playwright;

namespace Bleepay.Tests.Silo.Checkout;

/// <summary>A page that follows a session continues after its node is killed.</summary>
public sealed class CheckoutCrashTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [FactThatNeeds(Tool.PostgreSql, Tool.Chromium)]
    public async Task A_payment_that_is_reported_to_another_node_shows_after_the_page_s_node_was_killed()
    {
        await using var cluster = await ServiceCluster.Start(
            PostgreSqlServer.Shared, 2, settings: LiveViewCrashTests.Verbose);
        var session = await cluster.Nodes[0].Api.NewSession(await cluster.Nodes[0].Api.CreateWidget());
        var survivor = await LiveViewCrashTests.OwnerOf(session, cluster);
        var victim = cluster.Nodes.Single(node => node != survivor);
        using var relay = TcpRelay.To(victim.Address);
        await using var browser = await Browser.Start();
        await using var page = await CustomerPage.Open(
            browser, relay.Through(session.Opened["checkoutUrl"]!), CustomerPage.Phone);
        await page.MustShow("Waiting for your payment");
        await page.MustBeComplete();

        relay.Refuse();
        cluster.Kill(victim);
        var notice = page.Page.Locator("#notice");
        await Assertions.Expect(notice).ToHaveTextAsync("Connection lost. Trying again…", new() { Timeout = 60_000 });
        await page.MustShow("Waiting for your payment");
        relay.Aim(survivor.Address);
        await Assertions.Expect(notice).ToHaveTextAsync("", new() { Timeout = 60_000 });

        await Eventually.Holds("the payment is reported", Deadline, async () =>
            (int)(await survivor.Api.Report(session, Api.GoodReport())).Status < 500);
        await page.MustShow("Paid");
        Assert.Single(page.Requests, url => url.Contains("/pay/", StringComparison.Ordinal));
    }
}
