using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Sessions;

/// <summary>The same key and body on the same widget is the same session, however it is sent.</summary>
[Collection(ServiceFixture.Name)]
public sealed class IdempotencyTests(ServiceFixture service)
{
    /// <summary>What a good body is changed by, and a key that was used before it.</summary>
    public static TheoryData<string, string?> OtherBodies => new()
    {
        { "amount", "\"100.0\"" },
        { "currency", "\"USDT\"" },
        { "network", "\"Polygon\"" },
        { "currencyAddress", "\"0x3C499c542cEF5E3811e1192ce70d8cC03d5c3359\"" },
        { "depositAddress", "\"0xmerchantWalletAddress\"" },
        { "customerEmail", "\"b@example.com\"" },
        { "customerEmail", null },
        { "customerReference", "\"order-1 \"" },
        { "customerReference", null },
        { "metadata", "{\"a\":1.0,\"b\":[1,2]}" },
        { "metadata", "{\"a\":1,\"b\":[2,1]}" },
        { "metadata", "{\"a\":\"1\",\"b\":[1,2]}" },
        { "metadata", "{\"a\":1,\"b\":[1,2],\"c\":null}" },
        { "metadata", "{}" },
        { "metadata", null },
    };

    public static TheoryData<string> EqualBodies =>
    [
        """
        {
            "metadata":{"b":[1,2],"a":1}, "customerReference":"order-1", "customerEmail":"a@example.com",
            "depositAddress":"0xMerchantWalletAddress", "network":"polygon", "currency":"USDC",
            "amount":"100", "currencyAddress":"0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359"
        }
        """,
        FullBody().With("unknown", 5).ToJsonString(),
        FullBody().ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true }),
        FullBody().ToJsonString().Replace("order-1", "\\u006frder-1", StringComparison.Ordinal),
        FullBody().ToJsonString().Replace("\"a\":1", "\"\\u0061\" : 1", StringComparison.Ordinal),
    ];

    public static TheoryData<string> GoodKeys =>
        ["k", "!", "a b", " inner ~", new('k', 255), "1f0e9ce2-7d3a-4b56-9f6d-0f6f2f0a3c11", "a,b;c=\"d\""];

    public static TheoryData<string> BadKeys => ["", new('k', 256), "k\tey"];

    [Fact]
    public async Task Thirty_two_concurrent_requests_with_one_key_are_one_session()
    {
        var widget = await service.Api.CreateWidget();

        var answers = await Task.WhenAll(Enumerable.Range(0, 32)
            .Select(_ => service.Api.CreateSession(widget, FullBody(), "key")));

        Assert.All(answers, answer => answer.MustBeOk());
        Assert.Single(answers.Select(answer => answer.Text).Distinct());
    }

    [Fact]
    public async Task Each_request_without_a_key_opens_a_session()
    {
        var widget = await service.Api.CreateWidget();

        var first = await service.Api.NewSession(widget);
        var second = await service.Api.NewSession(widget);

        Assert.NotEqual(first.Id, second.Id);
    }

    [Theory]
    [MemberData(nameof(OtherBodies))]
    public async Task The_same_key_with_another_body_is_a_conflict(string field, string? json)
    {
        var widget = await service.Api.CreateWidget();
        var first = await service.Api.NewSession(widget, FullBody(), "key");

        var other = await service.Api.CreateSession(
            widget, FullBody().WithJson(field, json ?? "null"), "key");
        var again = await service.Api.NewSession(widget, FullBody(), "key");

        other.MustBe(HttpStatusCode.Conflict, "idempotency_conflict");
        Assert.Equal(first.Opened.Text, again.Opened.Text);
    }

    [Theory]
    [MemberData(nameof(EqualBodies))]
    public async Task Bodies_are_equal_when_their_known_fields_are(string json)
    {
        var widget = await service.Api.CreateWidget();
        var first = await service.Api.NewSession(widget, FullBody(), "key");

        var again = await service.Api.PostRaw(
            widget.SessionsPath, Encoding.UTF8.GetBytes(json), widget.Secret, idempotencyKey: "key");

        Assert.Equal(first.Opened.Text, again.MustBeOk().Text);
    }

    [Fact]
    public async Task A_null_field_is_an_absent_one()
    {
        var widget = await service.Api.CreateWidget();
        var first = await service.Api.NewSession(widget, idempotencyKey: "key");

        var again = await service.Api.NewSession(
            widget,
            Api.GoodSession()
                .With("customerEmail", null)
                .With("customerReference", null)
                .With("metadata", null),
            "key");

        Assert.Equal(first.Id, again.Id);
    }

    [Theory]
    [MemberData(nameof(GoodKeys))]
    public async Task A_key_of_1_to_255_printable_characters_is_taken(string key)
    {
        var widget = await service.Api.CreateWidget();

        var first = await service.Api.NewSession(widget, idempotencyKey: key);
        var again = await service.Api.NewSession(widget, idempotencyKey: key);

        Assert.Equal(first.Id, again.Id);
    }

    [Theory]
    [MemberData(nameof(BadKeys))]
    public async Task Any_other_key_is_refused_by_its_name(string key)
    {
        var widget = await service.Api.CreateWidget();

        var answer = await service.Api.CreateSession(
            widget, Api.GoodSession().With("amount", "0"), idempotencyKey: key);

        answer.MustRefuse("Idempotency-Key", "amount");
    }

    [Theory]
    [InlineData("Idempotency-Key: one", "idempotency-key: two")]
    [InlineData("Idempotency-Key: one", "Idempotency-Key: one")]
    [InlineData("Idempotency-Key: k\u00e9y")]
    [InlineData("Idempotency-Key: k\u007fy")]
    public async Task A_key_that_no_client_library_sends_is_refused_as_well(params string[] headers)
    {
        var widget = await service.Api.CreateWidget();

        var (status, body) = await RawHttp.Post(
            service.Host.Http.BaseAddress!, widget.SessionsPath, Api.GoodSession().ToJsonString(),
            [$"X-Client-Secret: {widget.Secret}", .. headers]);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.NotNull(JsonNode.Parse(body)!["errors"]!["Idempotency-Key"]);
    }

    [Fact]
    public async Task Keys_differ_by_case_and_by_widget()
    {
        var first = await service.Api.CreateWidget();
        var second = await service.Api.CreateWidget();

        var sessions = new[]
        {
            await service.Api.NewSession(first, idempotencyKey: "key"),
            await service.Api.NewSession(first, idempotencyKey: "KEY"),
            await service.Api.NewSession(second, idempotencyKey: "key"),
        };

        Assert.Equal(3, sessions.Select(session => session.Id).Distinct().Count());
    }

    [Fact]
    public async Task Token_and_secret_meet_the_same_session_under_one_key()
    {
        var widget = await service.Api.CreateWidget();
        var first = await service.Api.NewSession(widget, idempotencyKey: "key");

        var again = await service.Api.Post(
            widget.SessionsPath, Api.GoodSession(), token: Tokens.For(Api.Business), idempotencyKey: "key");

        Assert.Equal(first.Opened.Text, again.MustBeOk().Text);
    }

    [Fact]
    public async Task A_refused_request_uses_no_key_up()
    {
        var widget = await service.Api.CreateWidget(
            Api.GoodWidget().With("maxAmount", "50").With("maxOpenSessions", 1));
        var small = Api.GoodSession().With("amount", "50");

        (await service.Api.CreateSession(widget, Api.GoodSession(), "key")).MustRefuse("amount");
        var first = await service.Api.NewSession(widget, small, "other");
        (await service.Api.CreateSession(widget, small, "key")).MustBeRateLimited();
        (await service.Api.Cancel(first)).MustBeOk();

        (await service.Api.CreateSession(widget, small.DeepClone(), "key")).MustBeOk();
    }

    [Fact]
    public async Task A_known_key_answers_although_every_place_is_taken()
    {
        var widget = await service.Api.CreateWidget(
            Api.GoodWidget().With("maxOpenSessions", 1).With("maxCreationsPerSecond", 1));
        var first = await service.Api.NewSession(widget, idempotencyKey: "key");

        var answers = await Task.WhenAll(Enumerable.Range(0, 8)
            .Select(_ => service.Api.CreateSession(widget, idempotencyKey: "key")));

        Assert.All(answers, answer => Assert.Equal(first.Opened.Text, answer.MustBeOk().Text));
    }

    [Fact]
    public async Task A_known_key_answers_with_the_status_as_it_is_now()
    {
        var widget = await service.Api.CreateWidget();
        var first = await service.Api.NewSession(widget, idempotencyKey: "key");
        (await service.Api.Cancel(first)).MustBeOk();

        var again = await service.Api.NewSession(widget, idempotencyKey: "key");

        Assert.Equal("EXPIRED", again.Opened["paymentStatus"]);
        Assert.Equal(first.Id, again.Id);
        Assert.Equal(first.Secret, again.Secret);
        Assert.Equal(first.Opened["expiresAt"], again.Opened["expiresAt"]);
    }

    [Fact]
    public async Task A_bad_body_is_reported_before_a_conflict()
    {
        var widget = await service.Api.CreateWidget();
        await service.Api.NewSession(widget, idempotencyKey: "key");

        (await service.Api.CreateSession(widget, Api.GoodSession().With("amount", "0"), "key"))
            .MustRefuse("amount");
    }

    private static JsonObject FullBody() => Api.GoodSession()
        .With("customerEmail", "a@example.com")
        .With("customerReference", "order-1")
        .WithJson("metadata", "{\"a\":1,\"b\":[1,2]}");
}
