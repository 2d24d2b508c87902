using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Bleepay.Grains.Webhooks;
using Bleepay.Tests.Harness;
using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;

namespace Bleepay.Tests.Gateway.Console;

/// <summary>What a merchant's developer does in the console.</summary>
[Collection(CheckoutService.Name)]
public sealed class ConsoleTests(CheckoutService service)
{
    private const int PageSize = 25;

    private readonly string business = Api.NewBusiness();

    private Api Api => new(service.Host.Http);

    private WebhookApi Webhooks => new(Api, business);

    [FactThatNeeds(Tool.Chromium)]
    public async Task A_session_is_found_by_filters_and_followed_live()
    {
        var widget = await Api.CreateWidget(business: business);
        for (var number = 1; number <= PageSize; number++) await NewSession(widget, $"order {number}");
        var session = await NewSession(widget, "order 26");
        await using var visit = await ConsoleVisit.Open(service, business, CustomerPage.Phone);

        await visit.MustHaveRows(PageSize);
        await visit.Press("Show more");
        await visit.MustHaveRows(PageSize + 1);
        await visit.OpenFilters();
        await visit.Fill("Reference", "order 26");
        await visit.Page.GetByLabel("Status", new() { Exact = true }).SelectOptionAsync("CREATED");
        await visit.Press("Apply");
        await visit.MustHaveRows(1);
        await visit.Rows.First.ClickAsync();
        await visit.MustBeTitled("100 USDC CREATED");
        var frames = visit.Page.Locator(".frames > li");
        await Assertions.Expect(frames).ToHaveCountAsync(1);
        await visit.MustShow("Live");
        await CheckoutService.Report(service.Host, session, "60", 5);

        await visit.MustBeTitled("100 USDC PENDING");
        await Assertions.Expect(frames).ToHaveCountAsync(2);
        await Assertions.Expect(frames.First).ToContainTextAsync("5 of 20 confirmations");
        await Assertions.Expect(visit.Page.Locator(".timeline > li").First).ToContainTextAsync("Payment seen");
        await Assertions.Expect(visit.Page.Locator(".plain > li")).ToContainTextAsync("60 USDC PENDING");
        await CheckoutService.Report(service.Host, session, "60", 20);
        await CheckoutService.Report(service.Host, session, "40", 20, transaction: 2);
        await visit.MustBeTitled("100 USDC CONFIRMED");
        await visit.MustShow("Ended with the session");

        await visit.Page.GoBackAsync();
        await visit.MustHaveRows(1);
        await Assertions.Expect(visit.Rows.First.Locator("a")).ToBeFocusedAsync();
        Assert.Empty(visit.Messages);
    }

    [FactThatNeeds(Tool.Chromium)]
    public async Task A_wrong_filter_is_explained_at_its_field()
    {
        var session = await NewSession(await Api.CreateWidget(business: business), "order 7");
        await using var visit = await ConsoleVisit.Open(service, business, CustomerPage.DarkDesk);
        await visit.MustHaveRows(1);

        await visit.Fill("E-mail", "not an address");
        await visit.Press("Apply");

        var field = visit.Page.GetByLabel("E-mail", new() { Exact = true });
        await Assertions.Expect(field).ToHaveAttributeAsync("aria-invalid", "true");
        await Assertions.Expect(field).ToBeFocusedAsync();
        await Assertions.Expect(field)
            .ToHaveAccessibleDescriptionAsync("must be one e-mail address of at most 128 characters");
        await visit.MustShow("Validation failed");
        await visit.Press("Clear");
        await visit.MustHaveRows(1);
        await Assertions.Expect(visit.Alert).ToHaveCountAsync(0);

        await visit.Fill("Session id", $" {session.Id}\n");
        await visit.Press("Apply");
        await visit.MustBeTitled("100 USDC CREATED");
    }

    [FactThatNeeds(Tool.Chromium)]
    public async Task A_test_event_shows_its_body_and_answer_and_is_retried()
    {
        await using var inbox = await Inbox.Open(async (http, _) =>
        {
            http.Response.StatusCode = 500;
            await http.Response.WriteAsync("<b>broken</b>");
        });
        var endpoint = await Webhooks.CreateEndpoint(inbox.Url, "deposit.confirmed");
        await using var visit = await ConsoleVisit.Open(service, business, CustomerPage.DarkDesk);
        await visit.Page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);

        await visit.GoTo("Endpoints");
        await visit.MustShow("ENABLED");
        var type = visit.Page.GetByLabel("Test event");
        Assert.Equal(EventTypes.Sent, await type.Locator("option").AllInnerTextsAsync());
        await type.SelectOptionAsync("deposit.overpaid");
        await visit.Press("Send");

        await visit.MustBeTitled("deposit.overpaid RETRYING");
        await visit.MustShow("<b>broken</b>");
        var blocks = visit.Page.Locator("pre");
        var sent = Assert.Single(inbox.Received);
        Assert.True(JsonNode.DeepEquals(sent.Body, JsonNode.Parse(await blocks.First.InnerTextAsync())));
        await visit.Press("Copy the body of the request");
        Assert.Equal(sent.Text, await visit.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()"));

        inbox.AnswerFromNowOn(Inbox.Status(204));
        await visit.Press("Retry now");
        await visit.MustBeTitled("deposit.overpaid DELIVERED");
        await visit.MustShow("The answer had no body.");
        Assert.Equal(2, inbox.Received.Count);

        await visit.Page.GetByRole(AriaRole.Link, new() { Name = endpoint.Id }).ClickAsync();
        await visit.MustHaveRows(1);
        await visit.Page.GetByLabel("Status", new() { Exact = true }).SelectOptionAsync("FAILED");
        await visit.Press("Apply");
        await visit.MustShow("No delivery matches.");
        Assert.Empty(visit.Messages);
    }

    /// <summary>An endpoint is paused after an hour of failures, so the answer of the API is changed here.</summary>
    [FactThatNeeds(Tool.Chromium)]
    public async Task A_paused_endpoint_is_shown_as_such_and_resumed()
    {
        var endpoint = await Webhooks.CreateEndpoint("http://127.0.0.1:9/", "deposit.confirmed");
        await using var visit = await ConsoleVisit.Open(service, business);
        await visit.Page.RouteAsync("**/webhook-endpoints", async route =>
        {
            var list = (await Webhooks.List()).Body;
            list[0]!["pausedAt"] = "2026-06-01T12:30:00.000Z";
            await route.FulfillAsync(new() { ContentType = "application/json", Body = list.ToJsonString() });
        });

        await visit.GoTo("Endpoints");
        await visit.MustShow("PAUSED");
        await visit.Page.UnrouteAllAsync();
        await visit.Press("End the pause");

        await visit.MustShow("ENABLED");
        Assert.EndsWith($"/{endpoint.Id}/enable-endpoint", visit.Requests[^2], StringComparison.Ordinal);
    }

    [FactThatNeeds(Tool.Chromium)]
    public async Task An_unmatched_payment_is_assigned_to_a_session_at_its_address()
    {
        var widget = await Api.CreateWidget(business: business);
        var (one, other) = (await NewSession(widget, "order 1"), await NewSession(widget, "order 2"));
        await service.Host.RecordUnmatched(one, "0xa1", confirmations: 20);
        await using var visit = await ConsoleVisit.Open(service, business, CustomerPage.Phone, "#unmatched");

        await visit.MustHaveRows(1);
        await visit.Page.Locator(".rows summary").ClickAsync();
        await visit.Press("Assign");
        await visit.MustShow("Validation failed");
        await visit.Page.GetByText("order 1").ClickAsync();
        await Assertions.Expect(visit.Page.GetByLabel("Session id")).ToHaveValueAsync(one.Id);
        await visit.Press("Assign");
        await visit.MustShow("Recorded in the session");

        Assert.Equal("CONFIRMED", (await Api.ReadAsMember(one))["paymentStatus"]);
        Assert.Equal("CREATED", (await Api.ReadAsMember(other))["paymentStatus"]);
        await visit.Press("Refresh");
        await visit.MustShow("No payment matches.");
        await visit.OpenFilters();
        await visit.Page.GetByLabel("Assignment").SelectOptionAsync("Assigned");
        await visit.Press("Apply");
        await visit.MustHaveRows(1);
        await visit.Page.Locator(".rows summary").ClickAsync();
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = one.Id }).ClickAsync();
        await visit.MustBeTitled("100 USDC CONFIRMED");
    }

    [FactThatNeeds(Tool.Chromium)]
    public async Task A_token_without_the_scope_is_warned_of_and_refused()
    {
        var session = await NewSession(await Api.CreateWidget(business: business), "order 1");
        await service.Host.RecordUnmatched(session, "0xa1");
        await using var visit = await ConsoleVisit.Open(service, null, "#unmatched");
        await visit.SignIn(Tokens.For(business));

        await visit.Page.Locator(".rows summary").ClickAsync();
        await visit.MustShow("This token lacks the scope payments:report");
        await visit.Fill("Session id", session.Id);
        await visit.Press("Assign");

        await Assertions.Expect(visit.Alert).ToContainTextAsync("The token lacks the scope");
    }

    [FactThatNeeds(Tool.Chromium)]
    public async Task Texts_of_strangers_are_shown_as_text()
    {
        const string Reference = "<img src=x onerror=\"document.title='run'\">";
        const string RightToLeft = "\u05E9\u05DC\u05D5\u05DD \u202Eexe";
        var widget = await Api.CreateWidget(business: business);
        await NewSession(widget, RightToLeft);
        var session = await Api.NewSession(widget, Api.GoodSession()
            .With("depositAddress", CheckoutService.Deposit)
            .With("customerReference", Reference)
            .WithJson("metadata", """{"<b>":"</script>\u202E","n":1234567890123456789012345.10}"""));
        await using var visit = await ConsoleVisit.Open(service, business, CustomerPage.Phone);

        await visit.MustHaveRows(2);
        await visit.MustShow(Reference);
        Assert.Equal(RightToLeft, await visit.Rows.Last.Locator("bdi").Nth(3).TextContentAsync());
        await visit.Rows.First.ClickAsync();
        await visit.MustBeTitled("100 USDC CREATED");

        await visit.MustShow(Reference);
        await Assertions.Expect(visit.Page.GetByLabel("metadata", new() { Exact = true })).ToHaveTextAsync(
            """
            {
              "<b>": "</script>\u202e",
              "n": 1234567890123456789012345.10
            }
            """);
        Assert.Equal(0, await visit.Page.Locator("main img, main b").CountAsync());
        Assert.Equal($"{session.Id} – Bleepay console", await visit.Page.TitleAsync());
        Assert.Empty(visit.Messages);
    }

    [FactThatNeeds(Tool.Chromium, Tool.NodeTools)]
    public async Task Every_view_fits_a_phone_and_a_desk_and_is_accessible()
    {
        const string Roasters = "biz_roasters";
        await using var inbox = await Inbox.Open();
        await new WebhookApi(Api, Roasters).CreateEndpoint(inbox.Url);
        var widget = await Api.CreateWidget(business: Roasters);
        var session = await NewSession(widget, "order 1007", "sam@shop.example", """{"cart":["guji","sidamo"]}""");
        await Report(session, "60.5", 20);
        await Report(session, "30", 4);
        await Report(await NewSession(widget, "order 1008"), "100", 20);
        await NewSession(widget, "order 1009", "lou@shop.example");
        (await Api.Cancel(await NewSession(widget, "order 1010"))).MustBeOk();
        await service.Host.RecordUnmatched(session, "0x" + new string('a', 64));
        await inbox.Holds(5);
        await Task.WhenAll(Look("phone", CustomerPage.Phone), Look("desk", CustomerPage.DarkDesk));

        async Task Look(string device, BrowserNewContextOptions options)
        {
            await using var visit = await ConsoleVisit.Open(service, options);
            await visit.MustBeFine($"sign in {device}");
            await visit.SignIn(Tokens.Reporter(Roasters));
            await visit.MustHaveRows(4);
            await visit.MustBeFine($"sessions {device}");
            await visit.Rows.Last.ClickAsync();
            await visit.MustShow("Live");
            await visit.MustBeFine($"session {device}");
            await visit.GoTo("Endpoints");
            await visit.MustShow("ENABLED");
            await visit.MustBeFine($"endpoints {device}");
            await visit.GoTo("Deliveries");
            await visit.MustHaveRows(5);
            await visit.MustBeFine($"deliveries {device}");
            await visit.Rows.First.ClickAsync();
            await visit.MustBeTitled("deposit.expired DELIVERED");
            await visit.MustBeFine($"delivery {device}");
            await visit.GoTo("Unmatched");
            await visit.Page.Locator(".rows summary").ClickAsync();
            await visit.MustShow("Sessions at this address");
            await visit.MustBeFine($"unmatched {device}");
        }
    }

    /// <summary>Reports a payment whose transaction id has the form of a real one.</summary>
    private async Task Report(TestSession session, string amount, int confirmations)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(session.Id + amount));
        (await Api.Report(session, new JsonObject
        {
            ["txId"] = "0x" + Convert.ToHexStringLower(hash),
            ["amount"] = amount,
            ["confirmations"] = confirmations,
        })).MustBeOk();
    }

    private Task<TestSession> NewSession(
        TestWidget widget, string reference, string? email = null, string? metadata = null)
    {
        var body = Api.GoodSession().With("depositAddress", CheckoutService.Deposit)
            .With("customerReference", reference);
        if (email is not null) body = body.With("customerEmail", email);
        if (metadata is not null) body = body.WithJson("metadata", metadata);
        return Api.NewSession(widget, body);
    }
}
