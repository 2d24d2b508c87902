using Bleepay.Gateway.Widgets;
using Bleepay.Grains.Chains;
using Bleepay.Grains.Widgets;

namespace Bleepay.Tests.Gateway.Widgets;

/// <summary>Which of the deployment's networks and currencies a widget's form can offer.</summary>
public sealed class PaymentOptionTests
{
    private const string Usdc = "0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359";
    private const string Dai = "0x8f3Cf7ad23Cd3CaDbD9735AFf958023239c6A063";
    private const string Shop = "0x52908400098527886E0F7030069857D2E4169EE7";
    private const string Other = "0xde709f2102306220921060314715629080e2fb77";

    private static readonly ChainCatalogue Catalogue = new(
        [Network("ethereum", "Ethereum", "ETH"), Network("polygon", "Polygon", "POL")],
        [
            new("ETH", "ethereum", "", 18), new("USDC", "polygon", Usdc, 6), new("POL", "polygon", "", 18),
            new("DAI", "polygon", Dai, 18),
        ]);

    private static readonly WidgetSettings Widget = new() { AllowedDepositAddresses = [Shop] };

    [Fact]
    public void Without_other_lists_it_offers_all_by_network_and_then_currency()
    {
        Assert.Equal<IEnumerable<PaymentOption>>(
            [
                new("ethereum", "Ethereum", "ETH", "", Shop, 18), new("polygon", "Polygon", "DAI", Dai, Shop, 18),
                new("polygon", "Polygon", "POL", "", Shop, 18), new("polygon", "Polygon", "USDC", Usdc, Shop, 6),
            ],
            PaymentOption.Of(Widget, Catalogue));
    }

    [Fact]
    public void Each_list_restricts_it()
    {
        Assert.Equal("ETH", CurrenciesOf(Widget with { AllowedNetworks = ["ethereum", "tron"] }));
        Assert.Equal("DAI USDC", CurrenciesOf(Widget with { AllowedCurrencies = ["USDC", "DAI", "usdc"] }));
        Assert.Equal(
            "POL USDC",
            CurrenciesOf(Widget with
            {
                AllowedNetworks = ["polygon"],
                AllowedCurrencyAddresses = ["", Usdc.ToUpperInvariant().Replace("0X", "0x", StringComparison.Ordinal)],
            }));
    }

    [Fact]
    public void The_address_is_the_default_or_the_only_one_or_auto()
    {
        Assert.Equal(Shop, AddressOf(Widget));
        Assert.Equal("auto", AddressOf(Widget with { AllowedDepositAddresses = [Shop, Other] }));
        Assert.Equal(
            Other,
            AddressOf(Widget with { AllowedDepositAddresses = [Shop, Other], DefaultDepositAddress = Other }));
        Assert.Equal("auto", AddressOf(Widget with { DefaultDepositAddress = "auto" }));
        Assert.Equal(Shop, AddressOf(Widget with { DefaultDepositAddress = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7k" }));
        Assert.Equal(Other, AddressOf(new WidgetSettings { DefaultDepositAddress = Other }));
    }

    [Theory]
    [InlineData("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7k")]
    [InlineData("0x52908400098527886E0F7030069857D2E4169Ee7")]
    [InlineData(Usdc)]
    public void A_network_without_a_valid_address_is_left_out(string address)
    {
        var networks = PaymentOption.Of(new WidgetSettings { AllowedDepositAddresses = [address] }, Catalogue)
            .Select(option => option.Network);

        Assert.DoesNotContain("polygon", networks);
    }

    [Fact]
    public void No_more_than_100_are_offered()
    {
        var many = Catalogue with
        {
            Currencies =
            [
                .. Enumerable.Range(0, PaymentOption.CountMax + 1)
                    .Select(number => new ChainCurrency($"T{number}", "polygon", $"0x{number:x40}", 18)),
            ],
        };

        Assert.Equal(PaymentOption.CountMax, PaymentOption.Of(Widget, many).Length);
    }

    private static string CurrenciesOf(WidgetSettings widget) =>
        string.Join(' ', PaymentOption.Of(widget, Catalogue).Select(option => option.Currency));

    private static string AddressOf(WidgetSettings widget) =>
        PaymentOption.Of(widget, Catalogue).Select(option => option.DepositAddress).Distinct().Single();

    private static ChainNetwork Network(string network, string name, string coin) =>
        new(network, name, 1, coin, null, 12, IsWatched: true);
}
