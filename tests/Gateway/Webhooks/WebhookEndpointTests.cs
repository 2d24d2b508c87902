using System.Data.Common;
using System.Net;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Webhooks;

/// <summary>Endpoints as a merchant manages them.</summary>
[Collection(WebhookFixture.Name)]
public sealed class WebhookEndpointTests(WebhookFixture service)
{
    [Fact]
    public async Task An_endpoint_is_made_with_a_secret_that_is_shown_this_once()
    {
        var (webhooks, _) = await service.NewBusiness();

        var made = (await webhooks.Create(
            WebhookApi.Body("http://localhost:1/hook?a=b", "deposit.created").With("description", "Shop"))).MustBeOk();

        Assert.Equal(
            ["id", "url", "description", "events", "enabled", "pausedAt", "createdAt", "updatedAt", "signingSecret"],
            made.Body.AsObject().Select(field => field.Key));
        Assert.Matches("^wh_[A-Za-z0-9_-]{1,64}$", made["id"]);
        Assert.StartsWith("whsec_", made["signingSecret"], StringComparison.Ordinal);
        Assert.Equal(32, Convert.FromBase64String(made["signingSecret"]!["whsec_".Length..]).Length);
        var read = (await webhooks.Read(new(made["id"]!, ""))).MustBeOk();
        Assert.Equal(
            ["id", "url", "description", "events", "enabled", "pausedAt", "createdAt", "updatedAt"],
            read.Body.AsObject().Select(field => field.Key));
        Assert.Equal(("http://localhost:1/hook?a=b", "Shop"), (read["url"], read["description"]));
        Assert.Equal("[\"deposit.created\"]", read.Body["events"]!.ToJsonString());
        Assert.True(read.Body["enabled"]!.GetValue<bool>());
        Assert.Null(read.Body["pausedAt"]);
        var listed = (await webhooks.List()).MustBeOk();
        Assert.Equal(read.Text, Assert.Single(listed.Body.AsArray())!.ToJsonString());
    }

    [Fact]
    public async Task A_secret_is_encrypted_in_the_store_and_is_in_no_log()
    {
        var (webhooks, _) = await service.NewBusiness();
        var endpoint = await webhooks.CreateEndpoint("http://localhost:1/");
        var bytes = Convert.FromBase64String(endpoint.Secret["whsec_".Length..]);

        var stored = service.Rows.Read(
            $"select secret from webhook_endpoint where id = '{endpoint.Id}'",
            row => row.GetFieldValue<byte[]>(0)).Single();

        Assert.Equal(12 + 32 + 16, stored.Length);
        Assert.True(stored.AsSpan().IndexOf(bytes.AsSpan(0, 8)) < 0, "the secret is in the store in plain text");
        Assert.DoesNotContain(endpoint.Secret, service.Host.LogText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_bad_field_is_reported_in_one_answer()
    {
        var (webhooks, _) = await service.NewBusiness();

        (await webhooks.Create(new JsonObject())).MustRefuse("url", "events");
        (await webhooks.Create(new JsonObject { ["url"] = 5, ["events"] = "all", ["description"] = true }))
            .MustRefuse("url", "events", "description");
        (await webhooks.Create(WebhookApi.Body("http://localhost/").With("description", new string('x', 257))))
            .MustRefuse("events", "description");
        (await webhooks.Create(WebhookApi.Body("http://localhost/", "deposit.lost"))).MustRefuse("events");
        (await webhooks.Create(WebhookApi.Body("http://localhost/", "deposit.created", "deposit.created")))
            .MustRefuse("events");
        (await webhooks.Create(WebhookApi.Body("http://localhost/" + new string('x', 2048), "deposit.created")))
            .MustRefuse("url");
        (await webhooks.Create(WebhookApi.Body("http://name.invalid/", "deposit.created"))).MustRefuse("url");
    }

    [Fact]
    public async Task Every_event_type_may_be_subscribed_to()
    {
        var (webhooks, _) = await service.NewBusiness();
        string[] types =
        [
            "deposit.created", "deposit.pending", "deposit.confirmed", "deposit.expired", "deposit.underpaid",
            "deposit.overpaid", "deposit.paid_late", "deposit.failed",
        ];

        var endpoint = await webhooks.CreateEndpoint("http://localhost:1/", types);

        var read = (await webhooks.Read(endpoint)).MustBeOk();
        Assert.Equal(types, read.Body["events"]!.AsArray().Select(type => type!.GetValue<string>()));
    }

    [Fact]
    public async Task An_update_changes_what_is_given_and_null_clears()
    {
        var (webhooks, _) = await service.NewBusiness();
        var endpoint = await webhooks.CreateEndpoint("http://localhost:1/a");

        Assert.Equal("", (await webhooks.Do(
            endpoint, "update-endpoint", new JsonObject { ["description"] = "Shop" })).MustBeOk().Text);
        (await webhooks.Do(
            endpoint, "update-endpoint", new JsonObject { ["url"] = "http://localhost:1/b" })).MustBeOk();
        var named = (await webhooks.Read(endpoint)).MustBeOk();
        Assert.Equal(("http://localhost:1/b", "Shop"), (named["url"], named["description"]));
        Assert.Equal(2, named.Body["events"]!.AsArray().Count);

        (await webhooks.Do(endpoint, "update-endpoint", new JsonObject
        {
            ["description"] = null,
            ["events"] = new JsonArray("deposit.paid_late"),
        })).MustBeOk();
        var cleared = (await webhooks.Read(endpoint)).MustBeOk();
        Assert.Null(cleared["description"]);
        Assert.Equal("[\"deposit.paid_late\"]", cleared.Body["events"]!.ToJsonString());
        (await webhooks.Do(endpoint, "update-endpoint", new JsonObject { ["events"] = new JsonArray() }))
            .MustRefuse("events");
        (await webhooks.Do(endpoint, "update-endpoint", new JsonObject { ["url"] = "ftp://localhost/" }))
            .MustRefuse("url");
    }

    [Fact]
    public async Task A_grace_is_at_most_a_day_and_a_bad_one_leaves_the_secret_as_it_is()
    {
        var (webhooks, _) = await service.NewBusiness();
        var endpoint = await webhooks.CreateEndpoint("http://localhost:1/");
        var before = StoredSecrets(endpoint);

        foreach (var bad in new JsonNode[] { -1, 86_401, 1.5, "60" })
            (await webhooks.Do(endpoint, "rotate-endpoint-secret", new JsonObject { ["graceSeconds"] = bad }))
                .MustRefuse("graceSeconds");
        Assert.Equal(before, StoredSecrets(endpoint));

        await webhooks.Rotate(endpoint, 86_400);
        Assert.Equal(before.Secret, StoredSecrets(endpoint).Previous);
        await webhooks.Rotate(endpoint, 0);
        Assert.Null(StoredSecrets(endpoint).Previous);
    }

    [Fact]
    public async Task Events_of_a_disabled_endpoint_are_dropped()
    {
        await using var inbox = await Inbox.Open();
        var (webhooks, widget) = await service.NewBusiness();
        var endpoint = await webhooks.CreateEndpoint(inbox.Url, "deposit.created");

        Assert.Equal("", (await webhooks.Do(endpoint, "disable-endpoint")).MustBeOk().Text);
        (await webhooks.Do(endpoint, "disable-endpoint")).MustBeOk();
        Assert.False((await webhooks.Read(endpoint)).Body["enabled"]!.GetValue<bool>());
        await service.Api.NewSession(widget);
        (await webhooks.Do(endpoint, "enable-endpoint")).MustBeOk();
        var sent = await service.Api.NewSession(widget);
        await inbox.Holds(1);

        Assert.Equal(sent.Id, Assert.Single(inbox.Received).SessionId);
        Assert.Single((await webhooks.Deliveries()).MustBeOk().Body.AsArray());
    }

    [Fact]
    public async Task What_waits_for_a_deleted_endpoint_is_cancelled()
    {
        await using var inbox = await Inbox.Open(Inbox.Status(500));
        var (webhooks, widget) = await service.NewBusiness();
        var endpoint = await webhooks.CreateEndpoint(inbox.Url);
        var session = await service.Api.NewSession(widget);
        (await service.Api.Cancel(session)).MustBeOk();
        await inbox.Holds(1);

        Assert.Equal("", (await webhooks.Do(endpoint, "delete-endpoint")).MustBeOk().Text);

        (await webhooks.Read(endpoint)).MustBe(HttpStatusCode.NotFound, "not_found");
        Assert.Empty((await webhooks.List()).MustBeOk().Body.AsArray());
        var deliveries = await webhooks.DeliveriesOnce(
            endpoint, "not both are FAILED",
            all => all.Count == 2 && all.All(one => one["status"]!.GetValue<string>() == "FAILED"));
        (await webhooks.Retry(deliveries[0]["id"]!.GetValue<string>())).MustRefuse("deliveryId");
        Assert.Equal(0, service.Rows.Count($"select count(*) from webhook_queue where endpoint_id = '{endpoint.Id}'"));
    }

    [Fact]
    public async Task A_business_has_at_most_twenty_endpoints()
    {
        var (webhooks, _) = await service.NewBusiness();
        var endpoints = new List<TestEndpoint>();
        for (var count = 0; count < 20; count++)
            endpoints.Add(await webhooks.CreateEndpoint($"http://127.0.0.1:1/{count}"));

        (await webhooks.Create(WebhookApi.Body("http://127.0.0.1:1/", "deposit.created"))).MustRefuse("url");
        (await webhooks.Do(endpoints[0], "delete-endpoint")).MustBeOk();
        await webhooks.CreateEndpoint("http://127.0.0.1:1/");

        Assert.Equal(20, (await webhooks.List()).MustBeOk().Body.AsArray().Count);
    }

    [Fact]
    public async Task Two_endpoints_of_a_business_have_different_urls_however_they_are_written()
    {
        var (webhooks, _) = await service.NewBusiness();
        var (others, _) = await service.NewBusiness();
        var first = await webhooks.CreateEndpoint("http://localhost:80/a%7Eb?x=1");
        var second = await webhooks.CreateEndpoint("http://localhost/a~b?x=2");
        string[] spellings =
        [
            "http://localhost:80/a%7Eb?x=1", "http://LOCALHOST/a~b?x=1", "HTTP://localhost./a~b?x=1",
            "http://localhost/c/../a~b?x=1",
        ];

        foreach (var same in spellings)
        {
            (await webhooks.Create(WebhookApi.Body(same, "deposit.expired"))).MustRefuse("url");
            (await webhooks.Do(second, "update-endpoint", new JsonObject { ["url"] = same })).MustRefuse("url");
        }

        Assert.Equal("http://localhost/a~b?x=2", (await webhooks.Read(second)).MustBeOk()["url"]);
        (await webhooks.Do(first, "update-endpoint", new JsonObject { ["url"] = spellings[1] })).MustBeOk();
        await others.CreateEndpoint(spellings[0]);
        (await webhooks.Do(first, "delete-endpoint")).MustBeOk();
        (await webhooks.Do(second, "update-endpoint", new JsonObject { ["url"] = spellings[0] })).MustBeOk();
    }

    [Fact]
    public async Task A_field_that_can_not_be_read_is_refused_by_its_path_and_never_a_failure()
    {
        var (webhooks, _) = await service.NewBusiness();
        var endpoint = await webhooks.CreateEndpoint("http://localhost:1/");

        foreach (var (body, path) in new (string, string)[]
        {
            ("""{"url":["\ud800"],"events":["deposit.created"]}""", "url[0]"),
            ("""{"url":{"a":"\ud800"},"events":["deposit.created"]}""", "url.a"),
            ("""{"url":"http://localhost:1/x","description":["\ud800"],"events":["deposit.created"]}""",
                "description[0]"),
            ("""{"url":"http://localhost:1/x","events":["\ud800"]}""", "events[0]"),
            ("""{"\ud800aaaaaaaa":1,"url":"http://localhost:1/x","events":["deposit.created"]}""", "body"),
            ("""{"e\ud800":1,"url":"http://localhost:1/x","events":["deposit.created"]}""", "body"),
        })
        {
            (await webhooks.CreateRaw(body)).MustRefuse(path);
            (await webhooks.DoRaw(endpoint, "update-endpoint", body)).MustRefuse(path);
        }
    }

    [Fact]
    public async Task Only_members_of_the_business_see_or_change_an_endpoint()
    {
        var (webhooks, _) = await service.NewBusiness();
        var endpoint = await webhooks.CreateEndpoint("http://127.0.0.1:1/");
        var (strangers, _) = await service.NewBusiness();

        (await strangers.Read(endpoint)).MustBe(HttpStatusCode.NotFound, "not_found");
        foreach (var verb in new[]
        {
            "update-endpoint", "rotate-endpoint-secret", "send-test-event", "enable-endpoint", "disable-endpoint",
            "delete-endpoint",
        })
            (await strangers.Do(endpoint, verb, new JsonObject())).MustBe(HttpStatusCode.NotFound, "not_found");
        (await webhooks.Read(endpoint)).MustBeOk();
        (await webhooks.Read(new("wh_unknown", ""))).MustBe(HttpStatusCode.NotFound, "not_found");
        (await service.Api.Get(webhooks.DeliveriesPath)).MustBeUnauthorized();
    }

    private (string Secret, string? Previous) StoredSecrets(TestEndpoint endpoint) => service.Rows.Read(
        $"select secret, previous_secret from webhook_endpoint where id = '{endpoint.Id}'",
        row => (Hex(row, 0)!, Hex(row, 1))).Single();

    private static string? Hex(DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : Convert.ToHexString(row.GetFieldValue<byte[]>(column));
}
