using System.Text.Json;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Checkout;

/// <summary>Which pages may show the checkout and open sessions, as a real browser decides it.</summary>
[Collection(CheckoutService.Name)]
public sealed class EmbedDomainTests(CheckoutService service)
{
    /// <summary>Shows the frame of each widget and opens a session of it; returns the statuses, 0 for none.</summary>
    private const string Try =
        """
        async ([service, widgets, body]) => Promise.all(widgets.map(async ([id, secret]) => {
          const frame = Object.assign(document.createElement('iframe'), { name: id, src: `${service}/pay/${id}` });
          await new Promise((resolve) => { frame.onload = resolve; document.body.append(frame); });
          const answer = await fetch(`${service}/api/v1/widgets/${id}/create-session`, {
            method: 'POST', body, headers: { 'X-Client-Secret': secret, 'Content-Type': 'application/json' },
          }).catch(() => null);
          return answer?.status ?? 0;
        }))
        """;

    /// <summary>Lists of domains; no list allows every page.</summary>
    private static readonly string[] Lists =
        ["", "SHOP.Example", "*.shop.example,other.example", "localhost", "*.localhost", "127.0.0.1"];

    /// <summary>Origins of pages, and the lists that allow them.</summary>
    private static readonly (string Origin, string[] AllowedBy)[] Pages =
    [
        ("http://shop.example:8080", ["", "SHOP.Example"]),
        ("https://shop.example", ["", "SHOP.Example"]),
        ("https://a.shop.example", ["", "*.shop.example,other.example"]),
        ("http://evilshop.example", [""]),
        ("http://localhost:3000", ["", "localhost"]),
        ("http://sub.localhost:3000", ["", "*.localhost"]),
        ("http://127.0.0.1:3000", ["", "127.0.0.1"]),
    ];

    [FactThatNeeds(Tool.Chromium)]
    public async Task A_page_may_show_the_checkout_if_and_only_if_it_may_open_a_session()
    {
        var api = new Api(service.Host.Http);
        var business = Api.NewBusiness();
        var widgets = new List<TestWidget>();
        foreach (var list in Lists)
            widgets.Add(await api.CreateWidget(
                Api.GoodWidget().WithJson(
                    "allowedDomains", JsonSerializer.Serialize(list.Split(',', StringSplitOptions.RemoveEmptyEntries))),
                business));

        foreach (var (origin, allowedBy) in Pages)
        {
            // No server has these names: the browser gets the page from here.
            var page = await service.Browser.NewPage();
            await page.RouteAsync($"{origin}/", route => route.FulfillAsync(new()
            {
                ContentType = "text/html",
                Body = "<!doctype html><title>Shop</title><body>",
            }));
            await page.GotoAsync($"{origin}/");

            var statuses = await page.EvaluateAsync<int[]>(Try, new object[]
            {
                service.Host.Http.BaseAddress!.ToString().TrimEnd('/'),
                widgets.Select(widget => new[] { widget.Id, widget.Secret }).ToArray(),
                Api.GoodSession().With("depositAddress", CheckoutService.Deposit).ToJsonString(),
            });

            var shown = widgets.Select(widget =>
                !page.Frame(widget.Id)!.Url.StartsWith("chrome-error:", StringComparison.Ordinal));
            Assert.Equal((origin, Lines(Lists.Select(allowedBy.Contains))), (origin, Lines(shown)));
            Assert.Equal(
                (origin, Lines(Lists.Select(allowedBy.Contains))),
                (origin, Lines(statuses.Select(status => status == 200))));
            await page.Context.CloseAsync();
        }
    }

    private static string Lines(IEnumerable<bool> allowed) =>
        string.Join('\n', Lists.Zip(allowed, (list, isAllowed) => $"[{list}]: {isAllowed}"));
}
