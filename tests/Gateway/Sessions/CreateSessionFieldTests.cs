using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Sessions;

/// <summary>
/// Every field of create-session on a widget that restricts nothing: at, below and above each bound.
/// </summary>
[Collection(ServiceFixture.Name)]
public sealed class CreateSessionFieldTests(ServiceFixture service)
{
    public static TheoryData<string, string> GoodTexts => new()
    {
        { "amount", "1" },
        { "amount", "0.1" },
        { "amount", "1.0" },
        { "amount", "0.10" },
        { "amount", "100.000" },
        { "amount", Of('9', 32) },
        { "amount", "0." + Of('0', 29) + "1" },
        { "currency", "AB" },
        { "currency", "A1" },
        { "currency", "12345678" },
        { "currency", "ABCDEFGH" },
        { "network", "base" },
        { "network", "eip155:137" },
        { "network", Of('n', 66) },
        { "currencyAddress", "" },
        { "currencyAddress", "!" },
        { "currencyAddress", Of('~', 66) },
        { "depositAddress", "d" },
        { "depositAddress", Of('d', 128) },
        { "depositAddress", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4" },
        { "customerEmail", "a@b" },
        { "customerEmail", "first.last+tag@shop.example.com" },
        { "customerEmail", "!#$%&'*+/=?^_`{|}~-.@x-y.example" },
        { "customerEmail", $"a@{Of('b', 63)}.de" },
        { "customerEmail", Of('a', 116) + "@example.com" },
        { "customerReference", "r" },
        { "customerReference", " " },
        { "customerReference", Of('r', 128) },
        { "customerReference", Emoji(128) },
    };

    public static TheoryData<string, string> BadTexts => new()
    {
        { "amount", "" },
        { "amount", Of('9', 33) },
        { "amount", "0." + Of('0', 30) + "1" },
        { "amount", "0" },
        { "amount", "0.000" },
        { "amount", "00" },
        { "amount", "01" },
        { "amount", "00.5" },
        { "amount", "1." },
        { "amount", ".5" },
        { "amount", "." },
        { "amount", "1.2.3" },
        { "amount", "-1" },
        { "amount", "+1" },
        { "amount", "1e3" },
        { "amount", "1E3" },
        { "amount", "1,5" },
        { "amount", "1_000" },
        { "amount", " 1" },
        { "amount", "1 " },
        { "amount", "1\n" },
        { "amount", "0x1" },
        { "amount", "NaN" },
        { "amount", "\u0661" },
        { "amount", "\uFF11" },
        { "currency", "" },
        { "currency", "A" },
        { "currency", "ABCDEFGHI" },
        { "currency", "usdc" },
        { "currency", "US C" },
        { "currency", "US-C" },
        { "currency", "\u00DCSD" },
        { "network", "" },
        { "network", "eth" },
        { "network", Of('n', 67) },
        { "network", "poly gon" },
        { "network", "p\u00F6lygon" },
        { "network", "polygon\u007F" },
        { "currencyAddress", " " },
        { "currencyAddress", "0x 1" },
        { "currencyAddress", Of('a', 67) },
        { "depositAddress", "" },
        { "depositAddress", Of('d', 129) },
        { "depositAddress", "0x 1" },
        { "depositAddress", "\u00E4" },
        { "customerEmail", "" },
        { "customerEmail", "a" },
        { "customerEmail", "@b" },
        { "customerEmail", "a@" },
        { "customerEmail", "a@b@c" },
        { "customerEmail", "a b@c.de" },
        { "customerEmail", "a@b..de" },
        { "customerEmail", "a@b.de." },
        { "customerEmail", "a@-b.de" },
        { "customerEmail", "a@b-.de" },
        { "customerEmail", "a@b_c.de" },
        { "customerEmail", "a@b.de,c@d.de" },
        { "customerEmail", "A <a@b.de>" },
        { "customerEmail", "\u00E4@b.de" },
        { "customerEmail", "a@b.de\n" },
        { "customerEmail", $"a@{Of('b', 64)}.de" },
        { "customerEmail", Of('a', 117) + "@example.com" },
        { "customerReference", "" },
        { "customerReference", Of('r', 129) },
        { "customerReference", Emoji(129) },
        { "customerReference", "a\tb" },
    };

    public static TheoryData<string, string> WrongTypes
    {
        get
        {
            var rows = new TheoryData<string, string>();
            string[] texts =
            [
                "amount", "currency", "network", "currencyAddress", "depositAddress", "customerEmail",
                "customerReference",
            ];
            string[] noTexts = ["1", "1.5", "true", "[\"100\"]", "{\"a\":1}"];
            string[] noObjects = ["1", "false", "[]", "[{}]", "\"{}\"", "\"\""];
            foreach (var text in texts)
                foreach (var json in noTexts) rows.Add(text, json);
            foreach (var json in noObjects) rows.Add("metadata", json);
            return rows;
        }
    }

    public static TheoryData<string> RequiredFields =>
        ["amount", "currency", "network", "currencyAddress", "depositAddress"];

    public static TheoryData<string> OptionalFields => ["customerEmail", "customerReference", "metadata"];

    [Theory]
    [MemberData(nameof(GoodTexts))]
    public async Task A_text_within_its_bounds_is_kept_as_sent(string field, string text)
    {
        var widget = await service.Api.CreateWidget();

        var session = await service.Api.NewSession(widget, Api.GoodSession().With(field, text));

        Assert.Equal(text, (await service.Api.ReadAsMember(session))[field]);
    }

    [Theory]
    [MemberData(nameof(BadTexts))]
    public async Task A_text_out_of_its_bounds_is_refused_by_its_field(string field, string text)
    {
        var widget = await service.Api.CreateWidget();

        var answer = await service.Api.CreateSession(widget, Api.GoodSession().With(field, text));

        answer.MustRefuse(field);
    }

    [Theory]
    [MemberData(nameof(WrongTypes))]
    public async Task A_value_of_another_json_type_is_refused_by_its_field(string field, string json)
    {
        var widget = await service.Api.CreateWidget();

        var answer = await service.Api.CreateSession(widget, Api.GoodSession().WithJson(field, json));

        answer.MustRefuse(field);
    }

    [Theory]
    [MemberData(nameof(RequiredFields))]
    public async Task A_required_field_that_is_absent_or_null_is_refused(string field)
    {
        var widget = await service.Api.CreateWidget();

        var absent = await service.Api.CreateSession(widget, Api.GoodSession().Without(field));
        var isNull = await service.Api.CreateSession(widget, Api.GoodSession().With(field, null));

        Assert.Equal(["is required"], absent.MustRefuse(field).ErrorsOf(field));
        Assert.Equal(["is required"], isNull.MustRefuse(field).ErrorsOf(field));
    }

    [Theory]
    [MemberData(nameof(OptionalFields))]
    public async Task An_optional_field_that_is_absent_or_null_is_returned_as_null(string field)
    {
        var widget = await service.Api.CreateWidget();

        var absent = await service.Api.NewSession(widget);
        var isNull = await service.Api.NewSession(widget, Api.GoodSession().With(field, null));

        foreach (var session in (TestSession[])[absent, isNull])
        {
            var read = await service.Api.ReadAsMember(session);
            Assert.True(read.Body.AsObject().ContainsKey(field));
            Assert.Null(read[field]);
        }
    }

    [Fact]
    public async Task Unknown_fields_are_ignored_whatever_they_hold()
    {
        var widget = await service.Api.CreateWidget();
        var body = Api.GoodSession()
            .With("Amount", "0")
            .With("id", "dep_chosen")
            .With("paymentStatus", "CONFIRMED")
            .With("expiresAt", 5)
            .With("extra", new JsonObject { ["deep"] = new JsonArray(1, "two", null) });

        var session = await service.Api.NewSession(widget, body);

        Assert.Equal("100", session.Opened["amount"]);
        Assert.NotEqual("dep_chosen", session.Id);
        Assert.Equal("CREATED", session.Opened["paymentStatus"]);
    }

    [Fact]
    public async Task An_escaped_character_is_the_character()
    {
        var widget = await service.Api.CreateWidget();
        var body = Api.GoodSession().ToJsonString()
            .Replace("\"100\"", "\"\\u0031\\u00300\"", StringComparison.Ordinal);

        var answer = await service.Api.PostRaw(
            widget.SessionsPath, System.Text.Encoding.UTF8.GetBytes(body), widget.Secret);

        Assert.Equal("100", answer.MustBeOk()["amount"]);
    }

    [Fact]
    public async Task Every_bad_field_is_reported_in_one_answer()
    {
        var widget = await service.Api.CreateWidget();
        var body = new JsonObject
        {
            ["amount"] = "0",
            ["currency"] = "usdc",
            ["network"] = "eth",
            ["currencyAddress"] = "0x 1",
            ["customerEmail"] = "no mail",
            ["customerReference"] = "",
            ["metadata"] = new JsonArray(),
        };

        var answer = await service.Api.CreateSession(widget, body);

        answer.MustRefuse(
            "amount", "currency", "network", "currencyAddress", "depositAddress", "customerEmail",
            "customerReference", "metadata");
        Assert.Null(answer["clientSecret"]);
    }

    private static string Of(char character, int count) => new(character, count);

    private static string Emoji(int count) => string.Concat(Enumerable.Repeat("\U0001F600", count));
}
