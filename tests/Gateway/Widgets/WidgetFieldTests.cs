using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Widgets;

/// <summary>Every field of a widget: at, below and above each bound.</summary>
[Collection(ServiceFixture.Name)]
public sealed class WidgetFieldTests(ServiceFixture service)
{
    public static TheoryData<string, string> Good
    {
        get
        {
            var rows = new TheoryData<string, string>();
            Add(rows, "name", Text("n"), Text(Of('n', 128)), Emoji(128));
            Add(rows, "mode", "\"FIXED_AMOUNT\"", "\"CUSTOMER_AMOUNT\"");
            foreach (var bound in (string[])["minAmount", "maxAmount"])
                Add(rows, bound, "null", "\"0\"", "\"0.00\"", "\"0.1\"", "\"1.50\"", Text(Of('9', 32)));
            Add(rows, "allowedNetworks", "[]", "[\"base\"]", Text66(), Items(100, "net{0:D3}"));
            Add(rows, "allowedCurrencies", "[]", "[\"AB\",\"ABCDEFGH\"]", Items(100, "C{0:D3}"));
            Add(rows, "allowedCurrencyAddresses", "[]", "[\"\"]", Text66(), Items(100, "{0}"));
            Add(rows, "allowedDepositAddresses", "[]", $"[\"d\",\"{Of('d', 128)}\"]", Items(100, "{0}"));
            Add(rows, "allowedDomains", "[]", "[\"localhost\"]", "[\"a.example\",\"*.b.example\",\"*.com\"]",
                "[\"xn--bcher-kva.example\"]", "[\"127.0.0.1\"]", "[\"SHOP.Example\"]",
                $"[\"{Of('a', 63)}.example\"]", Items(100, "h{0}.example"));
            Add(rows, "allowedMethods", "[]", "[\"m\"]", $"[\"{Of('m', 32)}\"]", "[\"a b\",\"~\",\"3\"]");
            foreach (var cap in Caps) Add(rows, cap, "null", "1", "2", $"{int.MaxValue}");
            Add(rows, "underpaymentTolerancePercent", "null", "\"0\"", "\"0.5\"", "\"10\"", "\"10.000\"");
            foreach (var url in Urls)
                Add(rows, url, "null", "\"https://a.example\"", "\"https://a.example/p?q=1#f\"",
                    "\"http://localhost\"", "\"http://localhost:3000/x\"", "\"http://127.0.0.1:8080\"",
                    "\"http://[::1]/\"", "\"https://10.0.0.1:8443/\"", UrlOf(2048));
            Add(rows, "defaultCurrency", "null", "\"USDC\"");
            Add(rows, "defaultNetwork", "null", "\"polygon\"");
            Add(rows, "defaultCurrencyAddress", "null", "\"\"", "\"0xAb\"");
            Add(rows, "defaultDepositAddress", "null", "\"0xMerchant\"");
            Add(rows, "metadataSchema", "null", "{}", "{\"type\":\"object\"}");
            Add(rows, "renderMode", "\"IFRAME\"", "\"POPUP\"");
            Add(rows, "color", "null", "\"#00000000\"", "\"#FFffFFaa\"");
            Add(rows, "emoji", "null", Text("e"), Emoji(1), Emoji(8));
            return rows;
        }
    }

    /// <summary>A value, and where in the field it goes wrong: empty for the field itself.</summary>
    public static TheoryData<string, string, string> Bad
    {
        get
        {
            var rows = new TheoryData<string, string, string>();
            Add(rows, "name", "null", "\"\"", "5", Text(Of('n', 129)), Emoji(129), "\"a\\nb\"", "[\"n\"]");
            Add(rows, "mode", "null", "\"\"", "\"fixed_amount\"", "\"FIXED\"", "0", "\"FIXED_AMOUNT \"");
            foreach (var bound in (string[])["minAmount", "maxAmount"])
                Add(rows, bound, "1", "\"\"", "\"-1\"", "\"01\"", "\"1.\"", "\"1e3\"", Text(Of('9', 33)));
            foreach (var list in Lists) Add(rows, list, "\"one\"", "5", "{}", "true");
            foreach (var list in Lists) AddItem(rows, list, "5", "null", "[]", "\"a\\u0000b\"");
            AddItem(rows, "allowedNetworks", "\"eth\"", Text(Of('n', 67)), "\"a b c\"");
            AddItem(rows, "allowedCurrencies", "\"A\"", "\"ABCDEFGHI\"", "\"usdc\"");
            AddItem(rows, "allowedCurrencyAddresses", "\" \"", Text(Of('a', 67)));
            AddItem(rows, "allowedDepositAddresses", "\"\"", Text(Of('d', 129)), "\"a b\"");
            AddItem(rows, "allowedDomains", "\"\"", "\"https://a.example\"", "\"a.example:80\"",
                "\"a.example/x\"", "\"*\"", "\"*.\"", "\"a.*.example\"", "\"**.a.example\"", "\"-a.example\"",
                "\"a..example\"", "\"a.example.\"", "\"a b\"", "\"b\u00FCcher.example\"",
                $"\"{Of('a', 64)}.example\"");
            AddItem(rows, "allowedMethods", "\"\"", Text(Of('m', 33)), "\"\u00E9\"");
            foreach (var list in Lists[..^1]) Add(rows, list, Items(101, "V{0:D3}"));
            Add(rows, "allowedMethods", "[\"a\",\"b\",\"c\",\"d\"]");
            foreach (var cap in Caps) Add(rows, cap, "0", "-1", "1.5", "\"1\"", "2147483648", "1e20", "true");
            Add(rows, "underpaymentTolerancePercent", "1", "\"\"", "\"-1\"", "\"10.01\"", "\"11\"", "\"5%\"");
            foreach (var url in Urls)
                Add(rows, url, "5", "\"\"", "\"/path\"", "\"a.example\"", "\"//a.example\"",
                    "\"http://a.example\"",
                    "\"http://10.0.0.1\"", "\"ftp://a.example\"", "\"javascript:alert(1)\"", "\"data:,x\"",
                    "\"https://\"", "\"https:///x\"", "\"file:///x\"", UrlOf(2049));
            Add(rows, "defaultCurrency", "5", "\"\"", "\"usdc\"");
            Add(rows, "defaultNetwork", "5", "\"\"", "\"eth\"");
            Add(rows, "defaultCurrencyAddress", "5", "\" \"");
            Add(rows, "defaultDepositAddress", "5", "\"\"");
            Add(rows, "metadataSchema", "5", "[]", "true", "\"{}\"");
            Add(rows, "renderMode", "\"iframe\"", "\"\"", "1");
            Add(rows, "color", "5", "\"\"", "\"#000000\"", "\"00000000\"", "\"#0000000g\"", "\"#000000000\"");
            Add(rows, "emoji", "5", "\"\"", Emoji(9), "\"123456789\"");
            return rows;
        }
    }

    public static TheoryData<string, string, string, bool> Defaults => new()
    {
        { "Currency", "[\"USDC\",\"ETH\"]", "ETH", true },
        { "Currency", "[\"USDC\",\"ETH\"]", "USDT", false },
        { "Network", "[\"polygon\"]", "polygon", true },
        { "Network", "[\"polygon\"]", "Polygon", false },
        { "CurrencyAddress", "[\"0xAB\",\"\"]", "0xab", true },
        { "CurrencyAddress", "[\"0xAB\",\"\"]", "", true },
        { "CurrencyAddress", "[\"0xAB\"]", "", false },
        { "DepositAddress", "[\"0xMerchant\"]", "0xMerchant", true },
        { "DepositAddress", "[\"0xMerchant\"]", "0xmerchant", false },
    };

    private static readonly string[] Caps =
        ["maxOpenSessions", "maxCreationsPerSecond", "maxOpenSessionsPerReference"];

    private static readonly string[] Urls = ["successUrl", "cancelUrl", "iconUrl"];

    private static readonly string[] Lists =
    [
        "allowedNetworks", "allowedCurrencies", "allowedCurrencyAddresses", "allowedDepositAddresses",
        "allowedDomains", "allowedMethods",
    ];

    [Theory]
    [MemberData(nameof(Good))]
    public async Task A_value_within_its_bounds_is_kept_as_sent(string name, string json)
    {
        var widget = await service.Api.CreateWidget(Api.GoodWidget().WithJson(name, json));

        var read = (await service.Api.Get(widget.Path, token: Tokens.For(Api.Business))).MustBeOk();

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(json), read.Body[name]), read.Text);
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task A_value_out_of_its_bounds_is_refused_by_its_path(string name, string json, string item)
    {
        var answer = await Create(Api.GoodWidget().WithJson(name, json));

        answer.MustRefuse(name + item);
    }

    [Theory]
    [MemberData(nameof(Defaults))]
    public async Task A_default_is_one_of_the_allowed_values(
        string name, string list, string value, bool isAllowed)
    {
        var allowed = name.EndsWith("Address", StringComparison.Ordinal) ? $"allowed{name}es"
            : name == "Currency" ? "allowedCurrencies"
            : "allowedNetworks";

        var answer = await Create(Api.GoodWidget().WithJson(allowed, list).With($"default{name}", value));

        if (isAllowed) answer.MustBeOk();
        else answer.MustRefuse($"default{name}");
    }

    [Theory]
    [InlineData("1", "1", true)]
    [InlineData("1", "1.00", true)]
    [InlineData("1.00", "1", true)]
    [InlineData("9", "10", true)]
    [InlineData("10", "9", false)]
    [InlineData("1.0000000000000000000000000000001", "1", false)]
    public async Task The_least_amount_is_not_above_the_greatest(string min, string max, bool isAllowed)
    {
        var answer = await Create(Api.GoodWidget().With("minAmount", min).With("maxAmount", max));

        if (isAllowed) answer.MustBeOk();
        else answer.MustRefuse("minAmount");
    }

    private Task<Answer> Create(JsonNode body) => service.Api.PostWidget(body);

    private static void Add(TheoryData<string, string> rows, string name, params string[] values)
    {
        foreach (var value in values) rows.Add(name, value);
    }

    private static void Add(TheoryData<string, string, string> rows, string name, params string[] values)
    {
        foreach (var value in values) rows.Add(name, value, "");
    }

    private static void AddItem(TheoryData<string, string, string> rows, string name, params string[] items)
    {
        foreach (var item in items) rows.Add(name, $"[\"GOOD\",{item}]", "[1]");
    }

    private static string Text(string text) => $"\"{text}\"";

    private static string Text66() => $"[\"{Of('a', 66)}\"]";

    private static string UrlOf(int length) => Text("https://a.example/".PadRight(length, 'x'));

    private static string Emoji(int count) => Text(string.Concat(Enumerable.Repeat("\U0001F600", count)));

    private static string Of(char character, int count) => new(character, count);

    private static string Items(int count, string format) => new JsonArray(
        [.. Enumerable.Range(0, count).Select(index => JsonValue.Create(string.Format(null, format, index)))])
        .ToJsonString();
}
