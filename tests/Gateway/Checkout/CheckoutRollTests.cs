using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Checkout;

/// <summary>
/// A roll from the release before to this one: nodes of both serve behind one load balancer, then the old one drains.
/// </summary>
public sealed class CheckoutRollTests
{
    private const string Amount = "5";

    private static readonly Dictionary<string, string?> Settings = new()
    {
        ["Chains:polygon:Rpc:0"] = "http://127.0.0.1:9/v2/key-of-the-roll",
        ["Chains:polygon:Confirmations"] = "20",

        // The address of the load balancer is that of the request.
        ["Checkout:PublicUrl"] = null,
    };

    [FactThatNeeds(Tool.PostgreSql, Tool.Chromium)]
    public async Task No_page_that_is_open_or_opened_during_a_roll_breaks_and_each_is_paid()
    {
        await using var cluster = await ServiceCluster.Start(PostgreSqlServer.Shared, 1, settings: Settings);
        using var balancer = TcpRelay.To(cluster.Nodes[0].Address);
        using var http = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero })
        {
            BaseAddress = new Uri(balancer.Through(cluster.Nodes[0].Address)),
        };
        await using var browser = await Browser.Start();
        using var shop = new EmbeddingShop(http, browser);
        var widget = await shop.NewWidget();
        var visits = new List<ShopVisit>
        {
            await Open(shop, browser, widget, isScriptPrevious: true, isPagePrevious: true),
        };
        var link = await shop.NewSession(widget);
        await using var linked = await CustomerPage.Open(browser, "about:blank", CustomerPage.Phone);
        await PreviousRelease.SendPage(linked.Page);
        await linked.Page.GotoAsync(link.Opened["checkoutUrl"]!);
        await linked.MustShow("Waiting for your payment");

        // The new node serves beside the old one.
        var joined = await cluster.Join();
        balancer.Aim(cluster.Nodes[0].Address, joined.Address);
        visits.Add(await Open(shop, browser, widget, isScriptPrevious: true, isPagePrevious: false));
        visits.Add(await Open(shop, browser, widget, isScriptPrevious: false, isPagePrevious: true));
        await Report(1);
        foreach (var visit in visits) await visit.MustShow("Payment seen");
        await linked.MustShow("Payment seen");

        // The old node drains, and its event streams end.
        balancer.Aim(joined.Address);
        Assert.Equal(0, await cluster.StopOne());
        visits.Add(await Open(shop, browser, widget, isScriptPrevious: false, isPagePrevious: false));
        await Report(20);

        foreach (var visit in visits)
        {
            await visit.MustShow("Paid");
            await visit.MustHear("paid");
            Assert.Empty(visit.Messages);
            await visit.DisposeAsync();
        }

        await linked.MustShow("Paid");
        Assert.Empty(linked.Messages);

        async Task Report(int confirmations)
        {
            await shop.Report(link.Id, link.Opened["amount"]!, confirmations);
            foreach (var visit in visits) await shop.Report(await visit.SessionId(), Amount, confirmations);
        }
    }

    /// <summary>A customer whose dialog shows an open session.</summary>
    private static async Task<ShopVisit> Open(
        EmbeddingShop shop, Browser browser, TestWidget widget, bool isScriptPrevious, bool isPagePrevious)
    {
        var visit = await ShopVisit.To("about:blank", browser, CustomerPage.Phone);
        if (isScriptPrevious) await PreviousRelease.SendScript(visit.Page);
        if (isPagePrevious) await PreviousRelease.SendPage(visit.Page);
        await visit.Page.GotoAsync(shop.Page(EmbeddingShop.Fixed(widget, Amount)));
        await visit.Open();
        return visit;
    }
}
