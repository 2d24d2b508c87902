using System.Globalization;
using System.Text.Json.Nodes;
using Bleepay.Gateway.Credentials;
using Bleepay.Grains.Widgets;

namespace Bleepay.Bench;

/// <summary>One of the widgets that requests are sent to. All have the same rules.</summary>
internal sealed record BenchWidget(string BusinessId, string Id, string Secret)
{
    /// <summary>As many as one business may have.</summary>
    public const int PerBusiness = 10;

    public const string DepositAddress = "0x71C7656EC7ab88b098defB751B7401B5f6d8976F";
    public const string CurrencyAddress = "0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359";

    public static readonly WidgetSettings Settings = new()
    {
        Name = "Benchmark",
        Mode = WidgetMode.CustomerAmount,
        MinAmount = "1",
        MaxAmount = "10000",
        AllowedNetworks = ["polygon", "ethereum"],
        AllowedCurrencies = ["USDC", "USDT"],
        AllowedDepositAddresses = [DepositAddress],
    };

    /// <summary>The same rules as a request to the management API.</summary>
    public static JsonObject SettingsBody => new()
    {
        ["name"] = Settings.Name,
        ["mode"] = "CUSTOMER_AMOUNT",
        ["minAmount"] = Settings.MinAmount,
        ["maxAmount"] = Settings.MaxAmount,
        ["allowedNetworks"] = new JsonArray([.. Settings.AllowedNetworks]),
        ["allowedCurrencies"] = new JsonArray([.. Settings.AllowedCurrencies]),
        ["allowedDepositAddresses"] = new JsonArray([.. Settings.AllowedDepositAddresses]),
    };

    /// <summary>What every request asks for.</summary>
    public static JsonObject SessionBody => new()
    {
        ["amount"] = "129.90",
        ["currency"] = "USDC",
        ["network"] = "polygon",
        ["currencyAddress"] = CurrencyAddress,
        ["depositAddress"] = DepositAddress,
        ["customerEmail"] = "ada@shop.example",
        ["customerReference"] = "order-20260601-000123",
        ["metadata"] = new JsonObject { ["orderId"] = "000123", ["cart"] = new JsonArray("sku-1", "sku-7") },
    };

    /// <summary>Business, widget and secret, separated by spaces, one widget a line.</summary>
    public static IReadOnlyList<BenchWidget> ReadAll(string path) =>
        [.. File.ReadLines(path).Select(line => line.Split(' ')).Select(part => new BenchWidget(
            part[0], part[1], part[2]))];

    public static void WriteAll(string path, IEnumerable<BenchWidget> widgets) => File.WriteAllLines(
        path, widgets.Select(widget => $"{widget.BusinessId} {widget.Id} {widget.Secret}"));

    /// <summary>As <c>create-session.lua</c> reads them.</summary>
    public static void WriteForLoad(string path, IEnumerable<BenchWidget> widgets) =>
        File.WriteAllLines(path, widgets.Select(widget => $"{widget.Id} {widget.Secret}"));

    /// <summary>Widgets for a baseline, which has no management API.</summary>
    public static IReadOnlyList<BenchWidget> Make(int count) =>
        [.. Enumerable.Range(0, count).Select(index => new BenchWidget(
            BusinessOf(index),
            string.Create(CultureInfo.InvariantCulture, $"wdgt_{index:D22}"),
            WidgetSecrets.New()))];

    public static string BusinessOf(int index) =>
        string.Create(CultureInfo.InvariantCulture, $"biz_bench{index / PerBusiness:D4}");

    public Widget ToWidget() => new(
        BusinessId, Settings, true, WidgetSecrets.Hash(Secret), DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch);
}
