using System.Net;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;
using Microsoft.AspNetCore.Http;

namespace Bleepay.Tests.Gateway.Webhooks;

/// <summary>What arrives at a merchant's server, and how it is listed.</summary>
[Collection(WebhookFixture.Name)]
public sealed class WebhookDeliveryTests(WebhookFixture service)
{
    private static readonly string[] DataFields =
    [
        "sessionId", "orderId", "widgetId", "sequence", "status", "amount", "receivedAmount", "currency", "network",
        "currencyAddress", "txHash", "depositAddress", "customerEmail", "customerReference", "metadata",
    ];

    [Fact]
    public async Task Every_event_of_a_session_is_sent_from_its_creation_to_its_end()
    {
        await using var inbox = await Inbox.Open();
        var (webhooks, widget) = await service.NewBusiness();
        await webhooks.CreateEndpoint(inbox.Url);

        var session = await service.Api.NewSession(widget, Api.GoodSession()
            .With("customerReference", "order 7").With("customerEmail", "ann@example.com")
            .WithJson("metadata", """{"cart":[1.0,"ä"]}"""));
        await inbox.Holds(1);
        (await service.Api.Cancel(session)).MustBeOk();
        await inbox.Holds(2);

        var created = inbox.FirstArrivals[0];
        Assert.Equal(["id", "type", "createdAt", "data"], created.Body.AsObject().Select(field => field.Key));
        Assert.Equal("deposit.created", created.Type);
        Assert.Matches("^evt_[A-Za-z0-9_-]{1,64}$", created.EventId);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", created.Body["createdAt"]!.GetValue<string>());
        var data = created.Body["data"]!;
        Assert.Equal(DataFields, data.AsObject().Select(field => field.Key));
        Assert.Equal((session.Id, widget.Id), (Text(data, "sessionId"), Text(data, "widgetId")));
        Assert.Equal(("order 7", "order 7"), (Text(data, "orderId"), Text(data, "customerReference")));
        Assert.Equal(("CREATED", "100"), (Text(data, "status"), Text(data, "amount")));
        Assert.Equal("0", Text(data, "receivedAmount"));
        Assert.Null(data["txHash"]);
        Assert.Contains("\"metadata\":{\"cart\":[1.0,\"ä\"]}", created.Text, StringComparison.Ordinal);

        var ended = inbox.FirstArrivals[1];
        Assert.Equal("deposit.expired", ended.Type);
        data = ended.Body["data"]!;
        Assert.Equal(("EXPIRED", "cancelled"), (Text(data, "status"), Text(data, "reason")));
        Assert.Equal((1, 2), (created.Sequence, ended.Sequence));
    }

    [Fact]
    public async Task An_endpoint_gets_only_the_types_that_it_has_subscribed_to()
    {
        await using var inbox = await Inbox.Open();
        await using var other = await Inbox.Open();
        var (webhooks, widget) = await service.NewBusiness();
        await webhooks.CreateEndpoint(inbox.Url, "deposit.expired");
        var (strangers, _) = await service.NewBusiness();
        await strangers.CreateEndpoint(other.Url);

        var session = await service.Api.NewSession(widget);
        (await service.Api.Cancel(session)).MustBeOk();
        await inbox.Holds(1);

        Assert.Equal("deposit.expired", Assert.Single(inbox.Received).Type);
        Assert.Empty(other.Received);
        Assert.Single((await webhooks.Deliveries()).MustBeOk().Body.AsArray());
    }

    [Fact]
    public async Task A_delivery_is_listed_with_its_request_and_its_answer()
    {
        await using var inbox = await Inbox.Open(async (http, _) => await http.Response.WriteAsync("thank you"));
        var (webhooks, widget) = await service.NewBusiness();
        var endpoint = await webhooks.CreateEndpoint(inbox.Url, "deposit.created");

        await service.Api.NewSession(widget);
        var listed = (await webhooks.DeliveriesOnce(
            endpoint, "the event is not DELIVERED", all => all.Count == 1 && Text(all[0], "status") == "DELIVERED"))[0];

        Assert.Equal(
            ["id", "eventType", "status", "attempts", "lastAttemptAt", "createdAt"],
            listed.AsObject().Select(field => field.Key));
        Assert.Matches("^dly_[A-Za-z0-9_-]{1,64}$", Text(listed, "id"));
        Assert.Equal("deposit.created", Text(listed, "eventType"));
        Assert.Equal(1, listed["attempts"]!.GetValue<int>());
        var read = (await webhooks.Delivery(Text(listed, "id"))).MustBeOk();
        Assert.Equal((endpoint.Id, inbox.Url), (read["endpointId"], read["requestUrl"]));
        Assert.Equal(Assert.Single(inbox.Received).Text, read["requestBody"]);
        Assert.Equal((200, "thank you"), (read.Body["responseCode"]!.GetValue<int>(), read["responseBody"]));
        Assert.Null(read.Body["failure"]);
    }

    [Fact]
    public async Task An_event_that_is_refused_is_sent_again_alike_and_holds_back_only_its_own_session()
    {
        var (webhooks, widget) = await service.NewBusiness();
        var troubled = "";
        await using var inbox = await Inbox.Open((http, one) =>
        {
            if (one.SessionId == Volatile.Read(ref troubled)) http.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        var endpoint = await webhooks.CreateEndpoint(inbox.Url);
        var first = await service.Api.NewSession(widget);
        await inbox.Holds(1);
        Volatile.Write(ref troubled, first.Id);
        (await service.Api.Cancel(first)).MustBeOk();
        await inbox.Holds(2);
        var second = await service.Api.NewSession(widget);
        (await service.Api.Cancel(second)).MustBeOk();

        await Eventually.True(
            () => inbox.Received.Count(one => one.SessionId == second.Id) == 2
                && inbox.Received.Count(one => one.SessionId == first.Id) >= 4,
            TimeSpan.FromSeconds(30), () => "the other session, or the retries, have not arrived");

        var attempts = inbox.Received.Where(one => one.SessionId == first.Id && one.Sequence == 2).ToList();
        Assert.Single(attempts.Select(one => one.Text).Distinct());
        Assert.Single(attempts.Select(one => one.Header("webhook-id")).Distinct());
        await webhooks.DeliveriesOnce(
            endpoint, "the refused event is not FAILED", all => all.Count(one => Text(one, "status") == "FAILED") == 1);
    }

    [Fact]
    public async Task Order_within_a_session_holds_while_its_first_event_is_refused_and_after_that_has_failed()
    {
        await using var inbox = await Inbox.Open((http, one) =>
        {
            if (one.Sequence == 1) http.Response.StatusCode = 503;
            return Task.CompletedTask;
        });
        var (webhooks, widget) = await service.NewBusiness();
        var endpoint = await webhooks.CreateEndpoint(inbox.Url);

        var session = await service.Api.NewSession(widget);
        (await service.Api.Cancel(session)).MustBeOk();
        await webhooks.DeliveriesOnce(
            endpoint, "the second event is not DELIVERED", all => all.Any(one => Text(one, "status") == "DELIVERED"));

        // The schedule has two retries, and what follows waits for the last of them.
        Assert.Equal([1, 1, 1, 2], inbox.Received.Select(one => one.Sequence));
    }

    [Fact]
    public async Task A_dead_letter_stays_listed_and_is_delivered_by_hand()
    {
        await using var inbox = await Inbox.Open(Inbox.Status(500));
        var (webhooks, widget) = await service.NewBusiness();
        var endpoint = await webhooks.CreateEndpoint(inbox.Url, "deposit.created");
        await service.Api.NewSession(widget);
        await webhooks.DeliveriesOnce(
            endpoint, "the event is not FAILED", all => all.Any(one => Text(one, "status") == "FAILED"));
        var letters = (await webhooks.Deliveries("?status=FAILED")).MustBeOk().Body.AsArray();
        var letter = Assert.Single(letters)!;
        Assert.Equal(3, letter["attempts"]!.GetValue<int>());

        inbox.AnswerFromNowOn(Inbox.Status(204));
        Assert.Equal("", (await webhooks.Retry(Text(letter, "id"))).MustBeOk().Text);

        var delivered = await webhooks.DeliveriesOnce(
            endpoint, "the dead letter is not DELIVERED", all => all.All(one => Text(one, "status") == "DELIVERED"));
        Assert.Equal(4, Assert.Single(delivered)["attempts"]!.GetValue<int>());
        Assert.Single(inbox.Received.Select(one => one.Text).Distinct());
    }

    [Fact]
    public async Task Retry_After_is_honoured_by_all_of_an_endpoint_s_requests()
    {
        await using var inbox = await Inbox.Open((http, _) =>
        {
            http.Response.StatusCode = 429;
            http.Response.Headers.RetryAfter = "4";
            return Task.CompletedTask;
        });
        var (webhooks, widget) = await service.NewBusiness();
        await webhooks.CreateEndpoint(inbox.Url, "deposit.created");
        await service.Api.NewSession(widget);
        await inbox.Holds(1);
        inbox.AnswerFromNowOn(Inbox.Status(200));
        await service.Api.NewSession(widget);
        await inbox.Holds(3);

        var first = inbox.Received.First().At;
        Assert.All(inbox.Received.Skip(1), later =>
            Assert.True(later.At - first >= TimeSpan.FromSeconds(3.9), $"came after {later.At - first}"));
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_is_a_failure_and_is_not_followed(int status)
    {
        await using var target = await Inbox.Open();
        await using var inbox = await Inbox.Open((http, _) =>
        {
            http.Response.StatusCode = status;
            http.Response.Headers.Location = target.Url;
            return Task.CompletedTask;
        });
        var (webhooks, widget) = await service.NewBusiness();
        var endpoint = await webhooks.CreateEndpoint(inbox.Url, "deposit.created");
        await service.Api.NewSession(widget);
        await webhooks.DeliveriesOnce(
            endpoint, "the event is not RETRYING", all => all.Any(one => Text(one, "status") == "RETRYING"));

        Assert.NotEmpty(inbox.Received);
        Assert.Empty(target.Received);
    }

    [Fact]
    public async Task A_huge_answer_is_cut_and_kept_as_text()
    {
        await using var inbox = await Inbox.Open(async (http, _) =>
        {
            http.Response.StatusCode = 200;
            var block = new byte[64 * 1024];
            Array.Fill(block, (byte)'<');
            block[10] = 0;
            try
            {
                for (var index = 0; index < 1_000; index++) await http.Response.Body.WriteAsync(block);
            }
            catch (IOException)
            {
                // Cut off, as it should be.
            }
        });
        var (webhooks, widget) = await service.NewBusiness();
        var endpoint = await webhooks.CreateEndpoint(inbox.Url, "deposit.created");
        await service.Api.NewSession(widget);
        var listed = await webhooks.DeliveriesOnce(
            endpoint, "the event is not DELIVERED", all => all.Any(one => Text(one, "status") == "DELIVERED"));

        var read = (await webhooks.Delivery(Text(listed[0], "id"))).MustBeOk();
        Assert.Equal(4096, read["responseBody"]!.Length);
    }

    [Fact]
    public async Task A_host_that_takes_no_connection_is_explained()
    {
        var (webhooks, widget) = await service.NewBusiness();
        var port = FreePort.Several(1)[0];
        var endpoint = await webhooks.CreateEndpoint($"http://127.0.0.1:{port}/", "deposit.created");
        await service.Api.NewSession(widget);
        var listed = await webhooks.DeliveriesOnce(
            endpoint, "the event was not attempted", all => all.Any(one => one["attempts"]!.GetValue<int>() > 0));

        var read = (await webhooks.Delivery(Text(listed[0], "id"))).MustBeOk();
        Assert.Equal("The host refused the connection.", read["failure"]);
        Assert.Null(read.Body["responseCode"]);
        Assert.Null(read.Body["responseBody"]);
    }

    [Fact]
    public async Task Deliveries_are_read_page_by_page_newest_first()
    {
        await using var inbox = await Inbox.Open();
        var (webhooks, widget) = await service.NewBusiness();
        await webhooks.CreateEndpoint(inbox.Url, "deposit.created");
        for (var count = 0; count < 5; count++) await service.Api.NewSession(widget);
        await inbox.Holds(5);

        var all = (await webhooks.Deliveries()).MustBeOk().Body.AsArray().Select(one => Text(one!, "id")).ToList();
        var paged = new List<string>();
        var next = webhooks.DeliveriesPath + "?limit=2";
        while (next is not null)
        {
            var page = (await service.Api.Get(next, token: Tokens.For(widget.Business))).MustBeOk();
            paged.AddRange(page.Body.AsArray().Select(one => Text(one!, "id")));
            next = page.Headers.TryGetValues("Link", out var link) ? link.Single().Split('<', '>')[1] : null;
        }

        Assert.Equal(5, all.Count);
        Assert.Equal(all, paged);
        var times = (await webhooks.Deliveries()).Body.AsArray().Select(one => Text(one!, "createdAt")).ToList();
        Assert.Equal(times.OrderDescending(), times);
        Assert.Equal(
            all.Skip(1).Take(2),
            (await webhooks.Deliveries("?limit=2&offset=1")).MustBeOk().Body.AsArray().Select(one => Text(one!, "id")));
    }

    [Fact]
    public async Task A_query_out_of_range_is_refused_field_by_field()
    {
        var (webhooks, _) = await service.NewBusiness();

        var answer = await webhooks.Deliveries(
            "?limit=1001&offset=-1&since=x&until=99999999999999999&after=~&status=LOST&endpointId=dep_1");

        answer.MustRefuse("limit", "offset", "since", "until", "after", "status", "endpointId");
        (await webhooks.Deliveries("?limit=1000&offset=0&since=0&until=1")).MustBeOk();
    }

    [Fact]
    public async Task A_delivery_of_another_business_does_not_exist()
    {
        await using var inbox = await Inbox.Open();
        var (webhooks, widget) = await service.NewBusiness();
        var endpoint = await webhooks.CreateEndpoint(inbox.Url, "deposit.created");
        await service.Api.NewSession(widget);
        var listed = await webhooks.DeliveriesOnce(endpoint, "no delivery is listed", all => all.Count == 1);
        var id = Text(listed[0], "id");
        var (strangers, _) = await service.NewBusiness();

        (await strangers.Delivery(id)).MustBe(HttpStatusCode.NotFound, "not_found");
        (await strangers.Retry(id)).MustBe(HttpStatusCode.NotFound, "not_found");
        (await webhooks.Delivery("dly_unknown")).MustBe(HttpStatusCode.NotFound, "not_found");
        Assert.Empty((await strangers.Deliveries()).MustBeOk().Body.AsArray());
    }

    private static string Text(JsonNode node, string field) => node[field]!.GetValue<string>();
}
