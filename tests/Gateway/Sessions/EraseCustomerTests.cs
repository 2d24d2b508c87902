using System.Net;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Sessions;

/// <summary>The erasure of a customer's data over HTTP.</summary>
[Collection(WebhookFixture.Name)]
public sealed class EraseCustomerTests(WebhookFixture service)
{
    private const string Email = "erase-me@example.com";

    [Fact]
    public async Task An_ended_session_and_its_webhooks_lose_the_customers_data()
    {
        await using var inbox = await Inbox.Open();
        var (webhooks, widget) = await service.NewBusiness();
        await webhooks.CreateEndpoint(inbox.Url);
        var session = await service.Api.NewSession(widget, Body(), "key-1");
        (await service.Api.Cancel(session)).MustBeOk();
        await inbox.Holds(2);

        var answer = (await Erase(session)).MustBeOk();

        Assert.Equal(("EXPIRED", "100"), (answer["paymentStatus"], answer["amount"]));
        foreach (var field in (string[])["customerEmail", "customerReference", "metadata"])
            Assert.Null(answer.Body[field]);
        Assert.NotNull(answer["erasedAt"]);
        Assert.Equal("CUSTOMER_ERASED", answer.Body["timeline"]!.AsArray()[^1]!["cause"]!.GetValue<string>());
        Assert.Equal("3", answer["sequence"]);

        Assert.Empty((await List(widget, $"?customerEmail={Email}")).Body.AsArray());
        var listed = Assert.Single((await List(widget)).Body.AsArray())!;
        Assert.Equal(answer["erasedAt"], listed["erasedAt"]!.GetValue<string>());
        foreach (var delivery in (await webhooks.Deliveries()).MustBeOk().Body.AsArray())
        {
            var read = await service.Api.Get(
                $"{webhooks.DeliveriesPath}/{delivery!["id"]}", token: Tokens.For(widget.Business));
            var sent = JsonNode.Parse(read.MustBeOk()["requestBody"]!)!["data"]!;
            foreach (var field in (string[])["orderId", "customerEmail", "customerReference", "metadata"])
                Assert.Null(sent[field]);
            Assert.Equal(session.Id, sent["sessionId"]!.GetValue<string>());
        }

        Assert.Equal(2, inbox.Received.Count);
    }

    [Fact]
    public async Task A_repeated_erasure_gets_the_same_answer()
    {
        var session = await Ended();

        var first = (await Erase(session)).MustBeOk();

        Assert.Equal(first.Text, (await Erase(session)).MustBeOk().Text);
    }

    [Fact]
    public async Task Its_idempotency_key_then_returns_it_whatever_the_body_is()
    {
        var session = await Ended("key-2");
        var other = Body().With("amount", "7");
        (await service.Api.CreateSession(session.Widget, other, "key-2"))
            .MustBe(HttpStatusCode.Conflict, "idempotency_conflict");
        (await Erase(session)).MustBeOk();

        var replayed = (await service.Api.CreateSession(session.Widget, other, "key-2")).MustBeOk();

        Assert.Equal((session.Id, session.Secret), (replayed["id"], replayed["clientSecret"]));
        Assert.Equal("100", replayed["amount"]);
    }

    [Fact]
    public async Task An_open_session_is_refused()
    {
        var (_, widget) = await service.NewBusiness();
        var session = await service.Api.NewSession(widget, Body());

        (await Erase(session)).MustBe(HttpStatusCode.BadRequest, "cannot_erase");

        Assert.Equal(Email, (await service.Api.ReadAsMember(session))["customerEmail"]);
    }

    [Fact]
    public async Task A_session_of_another_business_is_not_found_by_a_token_of_both()
    {
        var session = await Ended();
        var (_, other) = await service.NewBusiness();
        var both = Tokens.For(session.Widget.Business, other.Business);

        var answer = await service.Api.Post(PathOf(other.Business, session.Id), token: both);

        answer.MustBe(HttpStatusCode.NotFound, "not_found");
        Assert.Equal(Email, (await service.Api.ReadAsMember(session))["customerEmail"]);
    }

    private static string PathOf(string business, string sessionId) =>
        $"/api/v1/businesses/{business}/deposit-sessions/{sessionId}/erase-customer";

    private static JsonObject Body() => Api.GoodSession()
        .With("customerEmail", Email)
        .With("customerReference", "order-erase")
        .WithJson("metadata", """{"name":"Ann"}""");

    private async Task<TestSession> Ended(string? key = null)
    {
        var (_, widget) = await service.NewBusiness();
        var session = await service.Api.NewSession(widget, Body(), key);
        (await service.Api.Cancel(session)).MustBeOk();
        return session;
    }

    private Task<Answer> Erase(TestSession session) => service.Api.Post(
        PathOf(session.Widget.Business, session.Id), token: Tokens.For(session.Widget.Business));

    private async Task<Answer> List(TestWidget widget, string query = "")
    {
        var path = $"/api/v1/businesses/{widget.Business}/deposit-sessions{query}";
        return (await service.Api.Get(path, token: Tokens.For(widget.Business))).MustBeOk();
    }
}
