namespace Bleepay.Tests.Harness;

/// <summary>
/// A service that watches Polygon and Ethereum by their presets, and a chain without one. No provider can be reached.
/// </summary>
public sealed class WatchedService : IAsyncLifetime
{
    public const string Name = "watched service";

    public const string Usdc = "0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359";

    /// <summary>A token without decimals, of the network <c>shopnet</c>.</summary>
    public const string Points = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";

    private readonly TemporaryFolder folder = new();
    private ServiceHost? host;

    internal ServiceHost Host => host!;

    internal Api Api => new(Host.Http);

    public async Task InitializeAsync() => host = await ServiceHost.Start(folder.Path, new Dictionary<string, string?>
    {
        ["Chains:Default:Confirmations"] = "20",
        ["Chains:Polygon:Rpc:0"] = "http://127.0.0.1:9/v2/key-of-polygon",
        ["Chains:ethereum:Rpc:0"] = "http://127.0.0.1:9/v2/key-of-ethereum",
        ["Chains:ethereum:Confirmations"] = "3",
        ["Chains:shopnet:Rpc:0"] = "http://127.0.0.1:9/v2/key-of-shopnet",
        ["Chains:shopnet:ChainId"] = "7777777",
        ["Chains:shopnet:Native:Symbol"] = "SHOP",
        ["Chains:shopnet:Tokens:0:Address"] = Points,
        ["Chains:shopnet:Tokens:0:Symbol"] = "POINTS",
        ["Chains:shopnet:Tokens:0:Decimals"] = "0",
        ["Chains:tron:Confirmations"] = "19",
    });

    public async Task DisposeAsync()
    {
        await Host.DisposeAsync();
        folder.Dispose();
    }
}

[CollectionDefinition(WatchedService.Name)]
public sealed class WatchedTests : ICollectionFixture<WatchedService>;
