using System.Net;
using System.Text.Json.Nodes;
using Bleepay.Grains.Webhooks;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Webhooks;

/// <summary>Events that a merchant sends to try an endpoint.</summary>
[Collection(WebhookFixture.Name)]
public sealed class WebhookTestEventTests(WebhookFixture service)
{
    [Fact]
    public async Task A_test_event_of_each_sent_type_has_the_body_of_a_real_one_and_the_mark_of_a_test()
    {
        await using var inbox = await Inbox.Open();
        var (webhooks, widget) = await service.NewBusiness();
        var endpoint = await webhooks.CreateEndpoint(inbox.Url, "deposit.created");
        await service.Api.NewSession(widget);
        await inbox.Holds(1);
        var real = inbox.Received.Single().Body;

        foreach (var type in EventTypes.Sent) (await webhooks.SendTestEvent(endpoint, type)).MustBeOk();
        await inbox.Holds(1 + EventTypes.Sent.Length);

        var tests = inbox.Received.Skip(1).ToDictionary(one => one.Type, one => one.Body);
        Assert.Equal(EventTypes.Sent.Order(), tests.Keys.Order());
        Assert.All(tests.Values, body => Assert.True(body["test"]!.GetValue<bool>()));
        Assert.Null(real["test"]);
        var (made, sent) = (tests[EventTypes.Created].AsObject(), real.AsObject());
        Assert.Equal(
            sent.Select(field => field.Key), made.Select(field => field.Key).Where(name => name != "test"));
        Assert.Equal(Names(sent), Names(made));
        Assert.Equal("timeout", tests[EventTypes.Expired]["data"]!["reason"]!.GetValue<string>());
        Assert.Equal("30", tests[EventTypes.Overpaid]["data"]!["receivedAmount"]!.GetValue<string>());
        Assert.Equal("25", tests[EventTypes.PaidLate]["data"]!["lateAmount"]!.GetValue<string>());
        Assert.Equal(1 + EventTypes.Sent.Length, inbox.FirstArrivals.Count);
    }

    [Fact]
    public async Task A_test_event_is_a_delivery_that_is_listed_read_and_retried()
    {
        await using var inbox = await Inbox.Open(Inbox.Status(500));
        var (webhooks, _) = await service.NewBusiness();
        var endpoint = await webhooks.CreateEndpoint(inbox.Url);

        var sent = (await webhooks.SendTestEvent(endpoint, "deposit.confirmed")).MustBeOk();
        Assert.Equal(("deposit.confirmed", "PENDING"), (sent["eventType"], sent["status"]));
        await webhooks.DeliveriesOnce(
            endpoint, "it was not attempted", all => all.Single()["status"]!.GetValue<string>() == "RETRYING");
        inbox.AnswerFromNowOn(Inbox.Status(200));
        (await webhooks.Retry(sent["id"]!)).MustBeOk();

        var delivered = await webhooks.DeliveriesOnce(
            endpoint, "it was not delivered", all => all.Single()["status"]!.GetValue<string>() == "DELIVERED");
        Assert.Equal(sent["id"], delivered.Single()["id"]!.GetValue<string>());
        var details = (await webhooks.Delivery(sent["id"]!)).MustBeOk();
        Assert.Equal(inbox.Received.Last().Text, details["requestBody"]);
        Assert.Equal(inbox.Received.First().Text, inbox.Received.Last().Text);
        Assert.Equal(0, service.Rows.Count($"select count(*) from webhook_queue where endpoint_id = '{endpoint.Id}'"));
    }

    [Fact]
    public async Task A_type_that_is_never_sent_and_a_disabled_endpoint_are_refused()
    {
        var (webhooks, _) = await service.NewBusiness();
        var endpoint = await webhooks.CreateEndpoint("http://localhost:1/");

        (await webhooks.Do(endpoint, "send-test-event", new JsonObject())).MustRefuse("type");
        (await webhooks.SendTestEvent(endpoint, "deposit.failed")).MustRefuse("type");
        (await webhooks.SendTestEvent(endpoint, "deposit.lost")).MustRefuse("type");
        (await webhooks.Do(endpoint, "disable-endpoint")).MustBeOk();
        (await webhooks.SendTestEvent(endpoint, "deposit.created")).MustRefuse("endpointId");
    }

    [Fact]
    public async Task Ten_test_events_may_wait_for_an_endpoint()
    {
        var isHeld = new TaskCompletionSource();
        await using var inbox = await Inbox.Open((_, _) => isHeld.Task);
        var (webhooks, _) = await service.NewBusiness();
        var endpoint = await webhooks.CreateEndpoint(inbox.Url);

        for (var sent = 0; sent < WebhookBounds.TestEventsWaitingMax; sent++)
            (await webhooks.SendTestEvent(endpoint, "deposit.created")).MustBeOk();
        var refused = await webhooks.SendTestEvent(endpoint, "deposit.created");

        refused.MustBe(HttpStatusCode.TooManyRequests, "rate_limit");
        isHeld.SetResult();
        await webhooks.DeliveriesOnce(
            endpoint, "not all were delivered",
            all => all.All(one => one["status"]!.GetValue<string>() == "DELIVERED"));
        (await webhooks.SendTestEvent(endpoint, "deposit.created")).MustBeOk();
    }

    private static IEnumerable<string> Names(JsonNode body) => body["data"]!.AsObject().Select(field => field.Key);
}
