namespace Bleepay.Tests.Harness;

/// <summary>Nodes of the service, a process each, that share one database of a real server.</summary>
internal sealed class ServiceCluster : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly Dictionary<string, string?> settings;
    private readonly Lock gate = new();
    private readonly List<ServiceProcess> gone = [];
    private ServiceProcess[] nodes = [];

    private ServiceCluster(PostgreSqlServer server, TimeSpan? lifetime)
    {
        settings = Databases.SettingsOf(server);
        if (lifetime is { } given) settings["Sessions:Lifetime"] = given.ToString();
        Rows = StoredRows.OnServer(settings["ConnectionStrings:Bleepay"]!);
    }

    /// <summary>What lies in their database.</summary>
    public StoredRows Rows { get; }

    /// <summary>Those that serve at the moment.</summary>
    public IReadOnlyList<ServiceProcess> Nodes
    {
        get
        {
            lock (gate) return nodes;
        }
    }

    /// <summary>Starts so many nodes at the same moment, on a new database.</summary>
    public static async Task<ServiceCluster> Start(PostgreSqlServer server, int count, TimeSpan? lifetime = null)
    {
        var cluster = new ServiceCluster(server, lifetime);
        var started = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => cluster.StartNode()));
        cluster.nodes = started;
        return cluster;
    }

    /// <summary>Starts one more node, and returns when it serves.</summary>
    public async Task Join()
    {
        var node = await StartNode();
        lock (gate) nodes = [.. nodes, node];
    }

    /// <summary>Kills the oldest node as <c>kill -9</c> does.</summary>
    public void KillOne() => Remove().Kill();

    /// <summary>Stops the oldest node as an orchestrator does.</summary>
    public Task<int> StopOne() => Remove().Stop();

    public async ValueTask DisposeAsync()
    {
        foreach (var node in nodes.Concat(gone)) await node.DisposeAsync();
        folder.Dispose();
    }

    private Task<ServiceProcess> StartNode() => ServiceProcess.Start(folder.Path, settings);

    /// <summary>No new request is sent to it; those that are under way are not disturbed from here.</summary>
    private ServiceProcess Remove()
    {
        lock (gate)
        {
            var node = nodes[0];
            nodes = nodes[1..];
            gone.Add(node);
            return node;
        }
    }
}
