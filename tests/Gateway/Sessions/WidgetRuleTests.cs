using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Sessions;

/// <summary>What a widget allows of a session.</summary>
[Collection(ServiceFixture.Name)]
public sealed class WidgetRuleTests(ServiceFixture service)
{
    /// <summary>32 characters, of which System.Decimal keeps 29.</summary>
    private const string Long = "12345678901234567890.12345678901";

    public static TheoryData<string?, string?, string, bool> Amounts => new()
    {
        { "1", null, "1", true },
        { "1", null, "1.000", true },
        { "1.000", null, "1", true },
        { "1", null, "0.9999999999999999999999999999999", false },
        { "1", null, "0." + new string('9', 30), false },
        { "0", null, "0." + new string('0', 29) + "1", true },
        { "10", null, "9", false },
        { "9", null, "10", true },
        { null, "9", "10", false },
        { null, "10", "9", true },
        { null, "100", "100", true },
        { null, "100", "100.00", true },
        { null, "100.00", "100", true },
        { null, "100", "100.0" + new string('0', 26) + "1", false },
        { null, "0", "1", false },
        { "5", "5", "5.0", true },
        { "5", "5", "5.01", false },
        { Long, Long, Long, true },
        { Long, null, "12345678901234567890.12345678900", false },
        { Long, null, "12345678901234567890.1234567890", false },
        { null, Long, "12345678901234567890.12345678902", false },
        { null, Long, "12345678901234567890.1234567891", false },
        { null, new string('9', 32), new string('9', 32), true },
    };

    public static TheoryData<string, string, string, string, bool> Listed => new()
    {
        { "allowedCurrencies", "USDC", "currency", "USDC", true },
        { "allowedCurrencies", "USDC", "currency", "USDT", false },
        { "allowedNetworks", "polygon", "network", "polygon", true },
        { "allowedNetworks", "polygon", "network", "Polygon", false },
        { "allowedNetworks", "polygon", "network", "tron", false },
        { "allowedCurrencyAddresses", "0xAbC1", "currencyAddress", "0xaBc1", true },
        { "allowedCurrencyAddresses", "0xAbC1", "currencyAddress", "0XAbC1", false },
        { "allowedCurrencyAddresses", "0xAbC1", "currencyAddress", "0xAbC12", false },
        { "allowedCurrencyAddresses", "0xAbC1", "currencyAddress", "", false },
        { "allowedCurrencyAddresses", "", "currencyAddress", "", true },
        { "allowedCurrencyAddresses", "", "currencyAddress", "0x1", false },
        { "allowedCurrencyAddresses", "TokenMint1", "currencyAddress", "tokenMint1", false },
        { "allowedDepositAddresses", "0xABCDEF", "depositAddress", "0xabcdef", true },
        { "allowedDepositAddresses", "0xMerchant", "depositAddress", "0xMerchant", true },
        { "allowedDepositAddresses", "0xMerchant", "depositAddress", "0xmerchant", false },
        { "allowedDepositAddresses", "1A1zP1eP5QGefi", "depositAddress", "1a1zp1ep5qgefi", false },
    };

    [Theory]
    [MemberData(nameof(Amounts))]
    public async Task An_amount_is_compared_exactly_and_bounds_are_inclusive(
        string? min, string? max, string amount, bool isAllowed)
    {
        var widget = await service.Api.CreateWidget(
            Api.GoodWidget().With("minAmount", min).With("maxAmount", max));

        var answer = await service.Api.CreateSession(widget, Api.GoodSession().With("amount", amount));

        if (isAllowed) Assert.Equal(amount, answer.MustBeOk()["amount"]);
        else answer.MustRefuse("amount");
    }

    [Theory]
    [MemberData(nameof(Listed))]
    public async Task A_list_allows_its_items_and_hex_addresses_without_case(
        string list, string item, string field, string value, bool isAllowed)
    {
        var widget = await service.Api.CreateWidget(Api.GoodWidget().With(list, new JsonArray(item)));

        var answer = await service.Api.CreateSession(widget, Api.GoodSession().With(field, value));

        if (isAllowed) Assert.Equal(value, answer.MustBeOk()[field]);
        else answer.MustRefuse(field);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    public async Task An_empty_or_absent_list_restricts_nothing(string list)
    {
        var widget = await service.Api.CreateWidget(Api.GoodWidget()
            .WithJson("allowedNetworks", list)
            .WithJson("allowedCurrencies", list)
            .WithJson("allowedCurrencyAddresses", list)
            .WithJson("allowedDepositAddresses", list)
            .WithJson("allowedDomains", list));

        (await service.Api.CreateSession(widget, origin: "https://anywhere.example")).MustBeOk();
    }

    [Fact]
    public async Task A_refusal_names_what_is_allowed()
    {
        var widget = await service.Api.CreateWidget(Api.GoodWidget()
            .With("minAmount", "1")
            .WithJson("allowedNetworks", "[\"polygon\",\"ethereum\"]"));

        var answer = await service.Api.CreateSession(
            widget, Api.GoodSession().With("amount", "0.5").With("network", "tron"));

        answer.MustRefuse("amount", "network");
        Assert.Equal(["must be at least 1"], answer.ErrorsOf("amount"));
        Assert.Equal(["'tron' is not one of: polygon, ethereum"], answer.ErrorsOf("network"));
    }

    [Fact]
    public async Task Faults_of_shape_and_of_widget_rules_are_reported_in_one_answer()
    {
        var widget = await service.Api.CreateWidget(Api.GoodWidget()
            .With("maxAmount", "50")
            .WithJson("allowedNetworks", "[\"ethereum\"]")
            .WithJson("allowedDepositAddresses", "[\"0xOther\"]"));

        var answer = await service.Api.CreateSession(widget, Api.GoodSession()
            .With("currency", 5)
            .Without("currencyAddress")
            .With("customerEmail", "no mail"));

        answer.MustRefuse(
            "amount", "network", "depositAddress", "currency", "currencyAddress", "customerEmail");
    }

    [Fact]
    public async Task The_public_example_passes_a_widget_that_lists_it()
    {
        var widget = await service.Api.CreateWidget(Api.GoodWidget()
            .With("minAmount", "100")
            .With("maxAmount", "100")
            .WithJson("allowedNetworks", "[\"polygon\"]")
            .WithJson("allowedCurrencies", "[\"USDC\"]")
            .WithJson("allowedCurrencyAddresses", "[\"0x3C499C542CEF5E3811E1192CE70D8CC03D5C3359\"]")
            .WithJson("allowedDepositAddresses", "[\"0xMerchantWalletAddress\"]"));

        var opened = (await service.Api.NewSession(widget)).Opened;

        foreach (var (field, value) in Api.GoodSession()) Assert.Equal(value!.ToString(), opened[field]);
    }

    [Theory]
    [InlineData("FIXED_AMOUNT")]
    [InlineData("CUSTOMER_AMOUNT")]
    public async Task Both_modes_obey_the_bounds(string mode)
    {
        var widget = await service.Api.CreateWidget(
            Api.GoodWidget().With("mode", mode).With("minAmount", "10").With("maxAmount", "20"));

        Task<Answer> Create(string amount) =>
            service.Api.CreateSession(widget, Api.GoodSession().With("amount", amount));

        (await Create("15")).MustBeOk();
        (await Create("9.99")).MustRefuse("amount");
        (await Create("20.01")).MustRefuse("amount");
    }
}
