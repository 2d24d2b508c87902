using Bleepay.Tests.Harness;
using Microsoft.Playwright;

namespace Bleepay.Tests.Gateway.Console;

/// <summary>The token of the console's reader.</summary>
[Collection(CheckoutService.Name)]
public sealed class ConsoleTokenTests(CheckoutService service)
{
    /// <summary>Before a token is pasted: the page, and an icon where the browser asks for one.</summary>
    private const int RequestsMax = 4;

    private readonly string business = Api.NewBusiness();

    [FactThatNeeds(Tool.Chromium)]
    public async Task It_is_in_the_memory_of_the_page_and_nowhere_else()
    {
        await using var visit = await ConsoleVisit.Open(service);
        var token = Tokens.Reporter(business);
        await Assertions.Expect(visit.TokenField).ToBeFocusedAsync();
        Assert.InRange(visit.Requests.Count, 1, RequestsMax);

        await visit.SignIn(token);
        foreach (var view in new[] { "Endpoints", "Deliveries", "Unmatched", "Sessions" })
        {
            await visit.GoTo(view);
            await visit.Press("Refresh");
        }

        await visit.MustShow("No session matches.");
        Assert.Equal("{\"cookies\":[],\"origins\":[]}", await visit.Page.Context.StorageStateAsync());
        Assert.Equal(
            "0 0 0 null false",
            await visit.Page.EvaluateAsync<string>(
                """
                async (token) => [
                  localStorage.length, sessionStorage.length, (await indexedDB.databases()).length,
                  JSON.stringify(history.state), `${location} ${document.documentElement.outerHTML}`.includes(token),
                ].join(' ')
                """,
                token));
        var origin = service.Host.Http.BaseAddress!.AbsoluteUri;
        Assert.All(visit.Requests, url => Assert.StartsWith(origin, url, StringComparison.Ordinal));
        Assert.All(visit.Requests, url => Assert.Empty(TestLog.SecretsIn(url)));
        Assert.Empty(visit.Messages);

        await visit.Page.ReloadAsync();
        await Assertions.Expect(visit.TokenField).ToHaveValueAsync("");
        await visit.SignIn(token);
        await visit.Press("Leave");
        await Assertions.Expect(visit.TokenField).ToHaveValueAsync("");
    }

    [FactThatNeeds(Tool.Chromium)]
    public async Task Its_claims_offer_the_business_and_name_its_end()
    {
        await using var visit = await ConsoleVisit.Open(service, CustomerPage.Phone);
        var (token, id) = (visit.TokenField, visit.Page.GetByLabel("Business id"));

        await token.FillAsync($"Authorization: Bearer {Tokens.Reporter(business, "biz_second")}\n");

        await Assertions.Expect(id).ToHaveValueAsync(business);
        await Assertions.Expect(visit.Page.Locator("#businesses option")).ToHaveCountAsync(2);
        await visit.MustShow("may assign payments");
        await id.FillAsync("biz_other");
        await visit.Press("Open");
        await Assertions.Expect(visit.Alert).ToContainTextAsync("Not found");
        await token.FillAsync("nonsense");
        await visit.Press("Open");
        await Assertions.Expect(token).ToHaveAccessibleDescriptionAsync(
            "Paste a JWT: three parts with dots between them.");
        await token.FillAsync(Tokens.Make(
            new Dictionary<string, object> { ["business_id"] = business }, expires: DateTime.UtcNow.AddHours(-1)));
        await visit.MustShow("expired");
        await visit.Press("Open");
        await Assertions.Expect(visit.Alert).ToContainTextAsync("Paste a new one.");
    }

    /// <summary>Each request gets an expired token on its way to the service, which then refuses it.</summary>
    [FactThatNeeds(Tool.Chromium)]
    public async Task One_that_expires_is_replaced_without_leaving_the_view()
    {
        var api = new Api(service.Host.Http);
        var widget = await api.CreateWidget(business: business);
        var session = await api.NewSession(widget, Api.GoodSession().With("depositAddress", CheckoutService.Deposit));
        var expired = Tokens.Make(
            new Dictionary<string, object> { ["business_id"] = business }, expires: DateTime.UtcNow.AddHours(-1));
        await using var visit = await ConsoleVisit.Open(service, business, null, $"#sessions/{session.Id}");
        await visit.MustBeTitled("100 USDC CREATED");
        await visit.Page.RouteAsync("**/api/v1/**", route => route.ContinueAsync(new()
        {
            Headers = new Dictionary<string, string>(route.Request.Headers) { ["authorization"] = $"Bearer {expired}" },
        }));

        await visit.Press("Refresh");

        await visit.MustBeTitled("Paste a new token");
        await Assertions.Expect(visit.Alert).ToContainTextAsync("The token is no longer valid");
        await Assertions.Expect(visit.Page.GetByLabel("Business id")).ToHaveValueAsync(business);
        await visit.Page.UnrouteAllAsync();
        await visit.SignIn(Tokens.For(business));
        await visit.MustBeTitled("100 USDC CREATED");
    }

    [FactThatNeeds(Tool.Chromium)]
    public async Task The_keyboard_is_enough()
    {
        var api = new Api(service.Host.Http);
        var widget = await api.CreateWidget(business: business);
        var session = await api.NewSession(widget, Api.GoodSession().With("depositAddress", CheckoutService.Deposit));
        await using var visit = await ConsoleVisit.Open(service, CustomerPage.DarkDesk);
        var keys = visit.Page.Keyboard;

        await keys.InsertTextAsync(Tokens.For(business));
        await keys.PressAsync("Tab");
        await keys.PressAsync("Enter");
        await visit.MustHaveRows(1);
        await Assertions.Expect(visit.Heading).ToBeFocusedAsync();
        await TabTo(visit, "a.row");
        await keys.PressAsync("Enter");
        await visit.MustBeTitled("100 USDC CREATED");
        await Assertions.Expect(visit.Heading).ToBeFocusedAsync();
        await TabTo(visit, ".frames summary");
        await keys.PressAsync("Enter");
        await TabTo(visit, ".frames pre");
        await CheckoutService.Report(service.Host, session, "100", 20);
        await visit.MustBeTitled("100 USDC CONFIRMED");
        await Assertions.Expect(visit.Page.Locator(".frames pre").Last).ToBeFocusedAsync();
    }

    private static async Task TabTo(ConsoleVisit visit, string selector)
    {
        for (var presses = 0; presses < 40; presses++)
        {
            await visit.Page.Keyboard.PressAsync("Tab");
            if (await visit.Page.EvaluateAsync<bool>("(one) => document.activeElement.matches(one)", selector)) return;
        }

        Assert.Fail($"Tab does not reach {selector}.");
    }
}
