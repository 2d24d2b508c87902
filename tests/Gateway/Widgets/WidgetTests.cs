using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Widgets;

/// <summary>A widget as it is made, and as a member and a page see it.</summary>
[Collection(ServiceFixture.Name)]
public sealed class WidgetTests(ServiceFixture service)
{
    private static readonly string[] PublicFields =
    [
        "name", "mode", "minAmount", "maxAmount", "allowedNetworks", "allowedCurrencies",
        "allowedCurrencyAddresses", "allowedDepositAddresses", "allowedMethods", "renderMode", "iconUrl",
        "color", "emoji", "defaultCurrency", "defaultCurrencyAddress", "defaultNetwork",
        "defaultDepositAddress", "metadataSchema",
    ];

    private static readonly string[] MemberFields =
    [
        .. PublicFields, "id", "enabled", "createdAt", "updatedAt", "allowedDomains", "maxOpenSessions",
        "maxCreationsPerSecond", "maxOpenSessionsPerReference", "underpaymentTolerancePercent", "successUrl",
        "cancelUrl",
    ];

    [Fact]
    public async Task A_new_widget_is_answered_in_short_with_its_secret()
    {
        var answer = (await Create(Api.GoodWidget())).MustBeOk();

        Assert.Equal(["widget", "clientSecret"], answer.Body.AsObject().Select(field => field.Key));
        var widget = answer.Body["widget"]!.AsObject();
        Assert.Equal(["id", "name", "mode", "enabled", "createdAt"], widget.Select(field => field.Key));
        Assert.Matches("^wdgt_[A-Za-z0-9_-]{1,64}$", widget["id"]!.GetValue<string>());
        Assert.Equal("Shop", widget["name"]!.GetValue<string>());
        Assert.Equal("CUSTOMER_AMOUNT", widget["mode"]!.GetValue<string>());
        Assert.True(widget["enabled"]!.GetValue<bool>());
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", widget["createdAt"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_member_reads_the_whole_configuration_without_the_secret()
    {
        var widget = await service.Api.CreateWidget();

        var read = (await service.Api.Get(widget.Path, token: Tokens.For(Api.Business))).MustBeOk();

        Assert.Equal(MemberFields.Order(), read.Body.AsObject().Select(field => field.Key).Order());
        Assert.DoesNotContain("secret", read.Text, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("IFRAME", read["renderMode"]);
        Assert.Equal(read["createdAt"], read["updatedAt"]);
        foreach (var list in MemberFields.Where(name => name.StartsWith("allowed", StringComparison.Ordinal)))
            Assert.Empty(read.Body[list]!.AsArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_page_reads_the_public_part(bool asMember)
    {
        var widget = await service.Api.CreateWidget(Api.GoodWidget()
            .WithJson("allowedDomains", "[\"shop.example\"]")
            .WithJson("allowedMethods", "[\"wallet\"]")
            .WithJson("metadataSchema", "{\"type\":\"object\"}"));

        var answer = asMember
            ? await service.Api.Get(widget.ConfigPath, token: Tokens.For(Api.Business))
            : await service.Api.Get(widget.ConfigPath, widget.Secret);

        Assert.Equal(["config"], answer.MustBeOk().Body.AsObject().Select(field => field.Key));
        var config = answer.Body["config"]!.AsObject();
        Assert.Equal(
            PublicFields.Concat(["allowAllOrigins", "allowAllMethods", "options"]).Order(),
            config.Select(field => field.Key).Order());
        Assert.False(config["allowAllOrigins"]!.GetValue<bool>());
        Assert.False(config["allowAllMethods"]!.GetValue<bool>());
        Assert.Equal("{\"type\":\"object\"}", config["metadataSchema"]!.ToJsonString());
        Assert.Equal("*", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
    }

    [Fact]
    public async Task A_widget_without_lists_reports_that_it_allows_all()
    {
        var widget = await service.Api.CreateWidget();

        var config = (await service.Api.Get(widget.ConfigPath, widget.Secret)).MustBeOk().Body["config"]!;

        Assert.True(config["allowAllOrigins"]!.GetValue<bool>());
        Assert.True(config["allowAllMethods"]!.GetValue<bool>());
    }

    [Fact]
    public async Task An_absent_name_and_mode_are_required_by_name()
    {
        var answer = await Create([]);

        answer.MustRefuse("mode", "name");
        Assert.Equal(["is required"], answer.ErrorsOf("name"));
        Assert.Equal(["is required"], answer.ErrorsOf("mode"));
    }

    [Fact]
    public async Task Unknown_fields_are_ignored()
    {
        var answer = await Create(
            Api.GoodWidget().With("id", "wdgt_chosen").With("enabled", false).With("clientSecret", "mine"));

        Assert.NotEqual("wdgt_chosen", answer.MustBeOk().Body["widget"]!["id"]!.GetValue<string>());
        Assert.True(answer.Body["widget"]!["enabled"]!.GetValue<bool>());
        Assert.NotEqual("mine", answer["clientSecret"]);
    }

    [Fact]
    public async Task Every_bad_field_is_reported_in_one_answer()
    {
        var answer = await Create(new JsonObject
        {
            ["name"] = "",
            ["mode"] = "OTHER",
            ["minAmount"] = "10",
            ["maxAmount"] = "5",
            ["allowedNetworks"] = new JsonArray("polygon", "eth", 5, "x"),
            ["allowedCurrencies"] = "USDC",
            ["allowedDomains"] = new JsonArray("https://shop.example"),
            ["maxOpenSessions"] = 0,
            ["underpaymentTolerancePercent"] = "11",
            ["successUrl"] = "http://shop.example",
            ["defaultCurrency"] = "usdc",
            ["metadataSchema"] = 5,
            ["renderMode"] = "INLINE",
            ["color"] = "red",
            ["emoji"] = "",
        });

        answer.MustRefuse(
            "name", "mode", "minAmount", "allowedNetworks[1]", "allowedNetworks[2]", "allowedNetworks[3]",
            "allowedCurrencies", "allowedDomains[0]", "maxOpenSessions", "underpaymentTolerancePercent",
            "successUrl", "defaultCurrency", "metadataSchema", "renderMode", "color", "emoji");
    }

    [Fact]
    public async Task A_member_given_twice_is_reported_beside_every_other_fault()
    {
        var answer = await service.Api.PostRaw(
            $"/api/v1/businesses/{Api.Business}/widgets/create-widget",
            """{"name":"a","name":"b","mode":1,"color":"red","metadataSchema":{"a":1,"a":1}}"""u8.ToArray(),
            token: Tokens.For(Api.Business));

        answer.MustRefuse("color", "metadataSchema.a", "mode", "name");
    }

    private Task<Answer> Create(JsonObject body) => service.Api.PostWidget(body);
}
