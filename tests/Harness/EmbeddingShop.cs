using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace Bleepay.Tests.Harness;

/// <summary>A shop on a separate origin that embeds the checkout of a service.</summary>
/// <param name="http">A client of the service.</param>
internal sealed class EmbeddingShop(HttpClient http, Browser browser) : IDisposable
{
    public EmbeddingShop(CheckoutService service)
        : this(service.Host.Http, service.Browser)
    {
    }

    public const string Deposit = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

    /// <summary>Four of the five attributes of a fixed payment.</summary>
    public const string Way =
        $"""currency="USDC" network="polygon" currency-address="{WatchedService.Usdc}" deposit-address="{Deposit}" """;

    public Shop Server { get; } = Shop.On("localhost");

    public Api Api => new(http);

    /// <summary>The service's address without a slash at its end.</summary>
    public string Service => http.BaseAddress!.ToString().TrimEnd('/');

    /// <summary>A widget that takes sessions from this shop's page only.</summary>
    public Task<TestWidget> NewWidget(string renderMode = "IFRAME", string domains = """["localhost"]""") =>
        Api.CreateWidget(Api.GoodWidget()
            .With("name", "Roasters")
            .With("renderMode", renderMode)
            .WithJson("allowedDomains", domains)
            .WithJson("allowedDepositAddresses", $"""["{Deposit}"]"""));

    /// <summary>A session that the shop's server has opened.</summary>
    public Task<TestSession> NewSession(TestWidget widget) => Api.NewSession(widget, Api.GoodSession()
        .With("currencyAddress", WatchedService.Usdc)
        .With("depositAddress", Deposit));

    /// <summary>A session as the shop's server reads it.</summary>
    public async Task<Answer> ReadAsMember(string session) =>
        (await Api.Get($"/api/v1/widgets/deposit-sessions/{session}", token: Tokens.For(Api.Business))).MustBeOk();

    /// <summary>The attributes of a payment that the shop fixes.</summary>
    public static string Fixed(TestWidget widget, string amount) => $"""{Form(widget)} amount="{amount}" {Way} """;

    /// <summary>The attributes of a form.</summary>
    public static string Form(TestWidget widget) => $"""widget="{widget.Id}" widget-secret="{widget.Secret}" """;

    /// <summary>A customer on a page with one element.</summary>
    public Task<ShopVisit> Visit(
        string attributes,
        BrowserNewContextOptions? options = null,
        IReadOnlyDictionary<string, string>? headers = null) =>
        VisitHtml($"<bleepay-checkout {attributes}>Buy</bleepay-checkout>", options, headers);

    /// <summary>A customer on a page that has loaded the script.</summary>
    /// <param name="elements">The body of the page.</param>
    public Task<ShopVisit> VisitHtml(
        string elements,
        BrowserNewContextOptions? options = null,
        IReadOnlyDictionary<string, string>? headers = null) =>
        ShopVisit.To(PageOf(elements, headers), browser, options);

    /// <summary>The URL of a page with one element.</summary>
    public string Page(string attributes) => PageOf($"<bleepay-checkout {attributes}>Buy</bleepay-checkout>", null);

    private string PageOf(string elements, IReadOnlyDictionary<string, string>? headers) => Server.Add(
        $"""
        <!doctype html><html lang="en"><meta name="viewport" content="width=device-width">
        <title>Shop</title>
        <script type="module" src="{Service}/v1/widget.js"></script>
        <main><h1>Shop</h1>{elements}</main></html>
        """,
        headers);

    /// <summary>A payment as the business's processor reports it; more confirmations are the same payment.</summary>
    public async Task Report(string session, string amount, int confirmations) =>
        (await Api.Post(
            $"/api/v1/widgets/deposit-sessions/{session}/report-payment",
            new JsonObject { ["txId"] = $"0x{session}", ["amount"] = amount, ["confirmations"] = confirmations },
            token: Tokens.Reporter(Api.Business))).MustBeOk();

    public void Dispose() => Server.Dispose();
}
