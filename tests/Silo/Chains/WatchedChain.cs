using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo.Chains;

/// <summary>The service in this process, watching an anvil with a token.</summary>
internal sealed class WatchedChain : WatchedShop, IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();

    private WatchedChain(Anvil chain, string token, Dictionary<string, string?> settings)
        : base(chain, token) => Settings = settings;

    /// <summary>Of the services that start from now on.</summary>
    public Dictionary<string, string?> Settings { get; }

    public ServiceHost Host { get; private set; } = null!;

    public override Api Api => new(Host.Http);

    /// <inheritdoc cref="WatchedShop.SettingsOf" path="/param"/>
    public static async Task<WatchedChain> Start(Anvil chain, params string[] providers)
    {
        var token = await chain.DeployToken();
        var watched = new WatchedChain(chain, token, SettingsOf(chain, token, providers));
        await watched.StartService();
        return watched;
    }

    /// <summary>On a database of this server.</summary>
    public static async Task<WatchedChain> StartOn(
        PostgreSqlServer server, Anvil chain, IReadOnlyDictionary<string, string?> given)
    {
        var token = await chain.DeployToken();
        var settings = SettingsOf(chain, token);
        foreach (var (name, value) in Databases.SettingsOf(server).Concat(given)) settings[name] = value;
        var watched = new WatchedChain(chain, token, settings);
        await watched.StartService();
        return watched;
    }

    /// <param name="head">The last block that its provider shows; by default the chain's.</param>
    public async Task StartService(long? head = null)
    {
        Host = await ServiceHost.Start(folder.Path, Settings);
        await HeadIsRead(head);
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        folder.Dispose();
    }
}
