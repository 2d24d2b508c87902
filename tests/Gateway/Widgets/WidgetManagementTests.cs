using System.Net;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Widgets;

/// <summary>A widget is changed, disabled, enabled and deleted by a member of its business.</summary>
[Collection(ServiceFixture.Name)]
public sealed class WidgetManagementTests(ServiceFixture service)
{
    /// <summary>What each field was, what it becomes, and what null makes of it; "" where null is refused.</summary>
    public static TheoryData<string, string, string, string> Fields => new()
    {
        { "name", "\"Shop\"", "\"Other shop\"", "" },
        { "mode", "\"CUSTOMER_AMOUNT\"", "\"FIXED_AMOUNT\"", "" },
        { "minAmount", "\"1\"", "\"2.50\"", "null" },
        { "maxAmount", "\"100\"", "\"99\"", "null" },
        { "allowedNetworks", "[\"polygon\"]", "[\"polygon\",\"base\"]", "[]" },
        { "allowedCurrencies", "[\"USDC\"]", "[\"USDT\",\"USDC\"]", "[]" },
        { "allowedCurrencyAddresses", "[\"0xC\"]", "[\"0xD\",\"0xC\"]", "[]" },
        { "allowedDepositAddresses", "[\"0xS\"]", "[\"0xT\",\"0xS\"]", "[]" },
        { "allowedDomains", "[\"a.example\"]", "[\"*.b.example\"]", "[]" },
        { "allowedMethods", "[\"wallet\"]", "[\"card\"]", "[]" },
        { "maxOpenSessions", "10", "11", "null" },
        { "maxCreationsPerSecond", "5", "6", "null" },
        { "maxOpenSessionsPerReference", "2", "3", "null" },
        { "underpaymentTolerancePercent", "\"1\"", "\"2.5\"", "null" },
        { "successUrl", "\"https://a.example/s\"", "\"https://b.example/s\"", "null" },
        { "cancelUrl", "\"https://a.example/c\"", "\"https://b.example/c\"", "null" },
        { "iconUrl", "\"https://a.example/i\"", "\"https://b.example/i\"", "null" },
        { "defaultCurrency", "\"USDC\"", "\"USDT\"", "null" },
        { "defaultCurrencyAddress", "\"0xC\"", "\"0xD\"", "null" },
        { "defaultNetwork", "\"polygon\"", "\"ethereum\"", "null" },
        { "defaultDepositAddress", "\"0xS\"", "\"0xT\"", "null" },
        { "metadataSchema", "{\"type\":\"object\"}", "{\"required\":[\"a\"]}", "null" },
        { "renderMode", "\"POPUP\"", "\"IFRAME\"", "\"IFRAME\"" },
        { "color", "\"#000000FF\"", "\"#FFFFFFFF\"", "null" },
        { "emoji", "\"🙂\"", "\"🚀\"", "null" },
    };

    [Fact]
    public async Task Every_field_of_a_widget_has_its_row()
    {
        var read = await service.Api.ReadAsMember(await service.Api.CreateWidget());

        Assert.Equal(
            read.Body.AsObject().Select(field => field.Key).Except(["id", "enabled", "createdAt", "updatedAt"]).Order(),
            Fields.Select(row => (string)row[0]).Order());
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public async Task A_change_of_one_field_leaves_all_others_and_null_clears_it(
        string field, string before, string after, string cleared)
    {
        // Lists and defaults depend on one another; their full settings are in the test below.
        var settings = field.StartsWith("default", StringComparison.Ordinal) ? Api.GoodWidget() : Full();
        var widget = await service.Api.CreateWidget(settings.WithJson(field, before));
        var old = (await service.Api.ReadAsMember(widget)).Body.AsObject();

        MustBeDone(await Update(widget, new JsonObject().WithJson(field, after)));

        var changed = (await service.Api.ReadAsMember(widget)).Body.AsObject();
        MustBeEqual(JsonNode.Parse(after), changed[field]);
        MustDifferIn(old, changed, field);
        var clear = await Update(widget, new JsonObject().With(field, null));
        if (cleared.Length == 0)
        {
            clear.MustRefuse(field);
            Assert.Equal(["must not be null"], clear.ErrorsOf(field));
            return;
        }

        MustBeDone(clear);
        var last = (await service.Api.ReadAsMember(widget)).Body.AsObject();
        MustBeEqual(JsonNode.Parse(cleared), last[field]);
        MustDifferIn(changed, last, field);
    }

    [Fact]
    public async Task A_change_is_judged_together_with_what_stays_and_a_refused_one_changes_nothing()
    {
        var widget = await service.Api.CreateWidget(Full().With("defaultNetwork", "polygon"));
        var before = (await service.Api.ReadAsMember(widget)).Text;

        (await Update(widget, new JsonObject().With("minAmount", "101"))).MustRefuse("minAmount");
        (await Update(widget, new JsonObject().WithJson("allowedNetworks", "[\"base\"]"))).MustRefuse("defaultNetwork");
        (await Update(widget, new JsonObject().With("name", "").With("color", "red").With("emoji", "🚀")))
            .MustRefuse("name", "color");
        (await Update(widget, new JsonObject().With("maxOpenSessions", "many"))).MustRefuse("maxOpenSessions");

        Assert.Equal(before, (await service.Api.ReadAsMember(widget)).Text);
    }

    [Fact]
    public async Task A_change_without_a_known_field_is_no_error()
    {
        var widget = await service.Api.CreateWidget(Full());

        MustBeDone(await Update(widget, []));
        MustBeDone(await Update(widget, new JsonObject().With("id", "wdgt_other").With("enabled", false)));

        Assert.True((await service.Api.ReadAsMember(widget)).Body["enabled"]!.GetValue<bool>());
    }

    [Fact]
    public async Task New_sessions_obey_a_change_at_once_and_open_ones_keep_what_they_had()
    {
        var widget = await service.Api.CreateWidget();
        var session = await service.Api.NewSession(widget);

        MustBeDone(await Update(widget, new JsonObject().WithJson("allowedNetworks", "[\"base\"]")));

        (await service.Api.CreateSession(widget)).MustRefuse("network");
        Assert.Equal("polygon", (await service.Api.Get(session.Path, session.Secret)).MustBeOk()["network"]);
        MustBeDone(await Update(widget, new JsonObject().With("allowedNetworks", null)));
        (await service.Api.CreateSession(widget)).MustBeOk();
    }

    [Fact]
    public async Task A_widget_has_the_times_of_its_creation_and_its_last_change()
    {
        var widget = await service.Api.CreateWidget();
        var made = await service.Api.ReadAsMember(widget);
        await Eventually.Past(DateTimeOffset.UtcNow.AddMilliseconds(5));

        MustBeDone(await service.Api.Manage(widget, "enable-widget"));
        Assert.Equal(made.Text, (await service.Api.ReadAsMember(widget)).Text);

        string last = made["updatedAt"]!;
        foreach (var (action, body) in Changes())
        {
            await Eventually.Past(DateTimeOffset.UtcNow.AddMilliseconds(5));
            (await service.Api.Manage(widget, action, body)).MustBeOk();
            var changed = await service.Api.ReadAsMember(widget);
            Assert.Equal(made["createdAt"], changed["createdAt"]);
            Assert.True(string.CompareOrdinal(last, changed["updatedAt"]) < 0, $"{action} does not change updatedAt");
            last = changed["updatedAt"]!;
        }
    }

    [Fact]
    public async Task A_disabled_widget_opens_no_session_until_it_is_enabled_again()
    {
        var widget = await service.Api.CreateWidget();
        var session = await service.Api.NewSession(widget, idempotencyKey: "known");

        for (var time = 0; time < 2; time++) MustBeDone(await service.Api.Manage(widget, "disable-widget"));

        (await service.Api.CreateSession(widget)).MustRefuse("widget");
        (await service.Api.CreateSession(widget, Api.GoodSession().With("amount", "0")))
            .MustRefuse("widget", "amount");
        Assert.Equal(session.Opened.Text, (await service.Api.CreateSession(widget, null, "known")).MustBeOk().Text);
        Assert.Equal("CREATED", (await service.Api.Get(session.Path, session.Secret)).MustBeOk()["paymentStatus"]);
        Assert.Equal(
            "{\"config\":null,\"reason\":\"widget_disabled\"}",
            (await service.Api.Get(widget.ConfigPath, widget.Secret)).MustBeOk().Text);

        for (var time = 0; time < 2; time++) MustBeDone(await service.Api.Manage(widget, "enable-widget"));
        (await service.Api.CreateSession(widget)).MustBeOk();
    }

    [Fact]
    public async Task A_deleted_widget_is_found_nowhere_and_its_sessions_stay()
    {
        var widget = await service.Api.CreateWidget();
        var session = await service.Api.NewSession(widget);
        var other = await service.Api.NewSession(widget);

        MustBeDone(await service.Api.Manage(widget, "delete-widget"));

        foreach (var (action, body) in Changes().Append(("delete-widget", null)))
            (await service.Api.Manage(widget, action, body)).MustBe(HttpStatusCode.NotFound, "not_found");
        var token = Tokens.For(widget.Business);
        foreach (var answer in (Answer[])
        [
            await service.Api.Get(widget.Path, token: token),
            await service.Api.Get(widget.ConfigPath, widget.Secret),
            await service.Api.Get(widget.ConfigPath, token: token),
            await service.Api.CreateSession(widget),
            await service.Api.Post(widget.SessionsPath, Api.GoodSession(), token: token),
        ])
            answer.MustBe(HttpStatusCode.NotFound, "not_found");
        Assert.Equal("CREATED", (await service.Api.Get(session.Path, session.Secret)).MustBeOk()["paymentStatus"]);
        Assert.Equal(widget.Id, (await service.Api.ReadAsMember(session))["widgetId"]);
        (await service.Api.Cancel(other)).MustBeOk();
    }

    private static IEnumerable<(string Action, JsonObject? Body)> Changes() =>
    [
        ("update-widget", new JsonObject().With("name", "New")),
        ("disable-widget", null),
        ("enable-widget", null),
        ("rotate-widget-secret", new JsonObject().With("graceSeconds", 60)),
    ];

    private static JsonObject Full()
    {
        var settings = new JsonObject();
        foreach (var row in Fields.Where(row => !((string)row[0]).StartsWith("default", StringComparison.Ordinal)))
            settings.WithJson((string)row[0], (string)row[1]);
        return settings;
    }

    private static void MustBeDone(Answer answer) => Assert.Equal("", answer.MustBeOk().Text);

    private static void MustBeEqual(JsonNode? expected, JsonNode? actual) =>
        Assert.True(JsonNode.DeepEquals(expected, actual), $"{actual} is not {expected}");

    private static void MustDifferIn(JsonObject before, JsonObject after, string field)
    {
        foreach (var (name, value) in before)
            if (name != field && name != "updatedAt") MustBeEqual(value, after[name]);
    }

    private Task<Answer> Update(TestWidget widget, JsonObject change) =>
        service.Api.Manage(widget, "update-widget", change);
}
