using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo.Chains;

/// <summary>Nodes on one PostgreSQL, watching an anvil with a token.</summary>
internal sealed class WatchedCluster : WatchedShop, IAsyncDisposable
{
    private WatchedCluster(Anvil chain, string token, ServiceCluster nodes)
        : base(chain, token) => Nodes = nodes;

    public ServiceCluster Nodes { get; }

    public override Api Api => Nodes.NextNode().Api;

    /// <param name="given">Settings beside those of the chain.</param>
    public static async Task<WatchedCluster> Start(
        Anvil chain, PostgreSqlServer server, int nodes, IReadOnlyDictionary<string, string?> given)
    {
        var token = await chain.DeployToken();
        var settings = SettingsOf(chain, token);
        foreach (var (name, value) in given) settings[name] = value;
        return new(chain, token, await ServiceCluster.Start(server, nodes, settings: settings));
    }

    public ValueTask DisposeAsync() => Nodes.DisposeAsync();
}
