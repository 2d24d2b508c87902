using System.Text.Json.Nodes;

namespace Bleepay.Tests.Harness;

/// <summary>
/// What the tests of the checkout share: a service with Polygon, another one whose sessions live for seconds,
/// and a browser.
/// </summary>
public sealed class CheckoutService : IAsyncLifetime
{
    public const string Name = "checkout";

    /// <summary>The lifetime of the sessions of <see cref="Brief"/>.</summary>
    public static readonly TimeSpan BriefLifetime = TimeSpan.FromSeconds(5);

    /// <summary>Where the sessions of the tests are paid.</summary>
    public const string Deposit = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

    private readonly TemporaryFolder folder = new();
    private readonly TemporaryFolder briefFolder = new();
    private ServiceHost? host;
    private ServiceHost? brief;
    private Browser? browser;

    internal ServiceHost Host => host!;

    internal ServiceHost Brief => brief!;

    internal Browser Browser => browser!;

    /// <summary>Starts both services, and the browser where the machine has one.</summary>
    public async Task InitializeAsync()
    {
        host = await ServiceHost.Start(folder.Path, Settings());
        brief = await ServiceHost.Start(briefFolder.Path, Settings(("Sessions:Lifetime", $"{BriefLifetime}")));
        if (Tools.IsInstalled(Tool.Chromium)) browser = await Browser.Start();
    }

    public async Task DisposeAsync()
    {
        if (browser is not null) await browser.DisposeAsync();
        await Host.DisposeAsync();
        await Brief.DisposeAsync();
        folder.Dispose();
        briefFolder.Dispose();
    }

    /// <summary>Opens a session for USDC on Polygon, of a widget with looks and with ways back.</summary>
    internal static async Task<TestSession> NewSession(
        ServiceHost host, string amount = "100", string name = "Bleepay Roasters")
    {
        var api = new Api(host.Http);
        var widget = await api.CreateWidget(Api.GoodWidget()
            .With("name", name)
            .With("emoji", "☕")
            .With("color", "#7B4B2AFF")
            .With("successUrl", "https://shop.example/paid")
            .With("cancelUrl", "https://shop.example/cart"));
        return await api.NewSession(widget, Api.GoodSession().With("amount", amount).With("depositAddress", Deposit));
    }

    /// <summary>Reports a payment of the session.</summary>
    /// <param name="transaction">Names its transaction.</param>
    internal static async Task Report(
        ServiceHost host, TestSession session, string amount, int confirmations, int transaction = 1) =>
        (await new Api(host.Http).Report(session, new JsonObject
        {
            ["txId"] = $"0x{transaction:x64}",
            ["amount"] = amount,
            ["confirmations"] = confirmations,
        })).MustBeOk();

    /// <summary>No provider can be reached, so payments are reported.</summary>
    private static Dictionary<string, string?> Settings(params (string Name, string Value)[] more) =>
        new(more.Select(one => KeyValuePair.Create(one.Name, (string?)one.Value)))
        {
            ["Chains:polygon:Rpc:0"] = "http://127.0.0.1:9/v2/key-of-polygon",
            ["Chains:polygon:Confirmations"] = "20",
            ["Chains:base:Rpc:0"] = "http://127.0.0.1:9/v2/key-of-base",
            ["Console:Enabled"] = "true",
            ["Webhooks:AllowPrivateNetworks"] = "true",
        };
}

[CollectionDefinition(CheckoutService.Name)]
public sealed class CheckoutTests : ICollectionFixture<CheckoutService>;
