using System.Collections.Concurrent;
using System.Net;

namespace Bleepay.Tests.Harness;

/// <summary>Nodes of the service, a process each, that share one database of a real server.</summary>
internal sealed class ServiceCluster : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TestAuthority authority = TestAuthority.Create();
    private readonly Dictionary<string, string?> settings;
    private readonly Lock gate = new();
    private readonly List<ServiceProcess> gone = [];
    private readonly ConcurrentDictionary<ServiceProcess, int> sent = new();
    private ServiceProcess[] nodes = [];
    private int next;

    /// <summary>How long a load balancer may still send requests to a node that is no longer ready.</summary>
    private static readonly TimeSpan BalancerLag = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan UnreadyWithin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LoadWithin = TimeSpan.FromSeconds(30);

    private ServiceCluster(
        PostgreSqlServer server, TimeSpan? lifetime, IReadOnlyDictionary<string, string?>? given = null)
    {
        settings = Databases.SettingsOf(server);
        UseTls();
        foreach (var (name, value) in given ?? new Dictionary<string, string?>()) settings[name] = value;
        if (lifetime is { } life) settings["Sessions:Lifetime"] = life.ToString();
        Rows = StoredRows.OnServer(ConnectionString);
    }

    /// <summary>Of their database.</summary>
    public string ConnectionString => settings["ConnectionStrings:Bleepay"]!;

    /// <summary>Of the nodes that start from now on.</summary>
    public IReadOnlyDictionary<string, string?> Settings => settings;

    /// <summary>The rows of their database.</summary>
    public StoredRows Rows { get; }

    /// <summary>Those that serve at the moment.</summary>
    public IReadOnlyList<ServiceProcess> Nodes
    {
        get
        {
            lock (gate) return nodes;
        }
    }

    /// <summary>The node of the next request: each in turn.</summary>
    public ServiceProcess NextNode()
    {
        var ready = Nodes;
        var node = ready[(int)((uint)Interlocked.Increment(ref next) % ready.Count)];
        sent.AddOrUpdate(node, 1, (_, requests) => requests + 1);
        return node;
    }

    /// <summary>Starts this number of nodes at the same moment, on a new database.</summary>
    /// <param name="settings">Settings beside those of the tests.</param>
    /// <param name="isPlaintext">True for a cluster without certificates.</param>
    public static async Task<ServiceCluster> Start(
        PostgreSqlServer server,
        int count,
        TimeSpan? lifetime = null,
        IReadOnlyDictionary<string, string?>? settings = null,
        bool isPlaintext = false)
    {
        var cluster = new ServiceCluster(server, lifetime, settings);
        if (isPlaintext) cluster.UsePlaintext();
        cluster.nodes = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => cluster.StartNode()));
        return cluster;
    }

    /// <summary>Starts a node on each of these hosts at the same moment, on a new database.</summary>
    public static async Task<ServiceCluster> Start(
        PostgreSqlServer server, IReadOnlyList<TestHost> hosts, TimeSpan? lifetime = null)
    {
        var cluster = new ServiceCluster(server, lifetime);
        cluster.nodes = await Task.WhenAll(hosts.Select(host => cluster.StartNode(host)));
        return cluster;
    }

    /// <summary>Nodes that start from now on have certificates, unless a test takes them away.</summary>
    public void UseTls(string mode = "Require")
    {
        foreach (var (name, value) in authority.Issue(folder.Path).Settings) settings[name] = value;
        settings["Cluster:Tls:Mode"] = mode;
    }

    /// <summary>Nodes that start from now on neither have nor expect certificates.</summary>
    public void UsePlaintext()
    {
        foreach (var name in settings.Keys.Where(IsOfTls).ToList()) settings[name] = null;

        static bool IsOfTls(string name) => name.StartsWith("Cluster:Tls:", StringComparison.Ordinal);
    }

    /// <summary>Starts one more node, and returns when it serves.</summary>
    /// <param name="beside">Settings of this node alone.</param>
    public async Task<ServiceProcess> Join(TestHost? host = null, IReadOnlyDictionary<string, string?>? beside = null)
    {
        var node = await StartNode(host, beside);
        lock (gate) nodes = [.. nodes, node];
        return node;
    }

    /// <summary>Kills the oldest node as <c>kill -9</c> does.</summary>
    public void KillOne() => Kill(Nodes[0]);

    /// <summary>Kills this node as <c>kill -9</c> does.</summary>
    public void Kill(ServiceProcess node) => Remove(node).Kill();

    /// <summary>Stops the oldest node as an orchestrator does.</summary>
    public Task<int> StopOne() => Remove(Nodes[0]).Stop();

    /// <summary>
    /// Stops the oldest node as an orchestrator does under load: it is sent requests until its readiness has turned
    /// false, and for a while after that.
    /// </summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RetireOne()
    {
        var node = Nodes[0];
        var exit = node.Stop();
        await Eventually.Holds("the node that stops is unready", UnreadyWithin, async () =>
            (await node.Api.Get("/health/ready")).Status == HttpStatusCode.ServiceUnavailable);
        var (before, until) = (SentTo(node), DateTimeOffset.UtcNow + BalancerLag);

        // On a busy machine the clients may take longer than that to come round to it.
        await Eventually.True(
            () => SentTo(node) > before, LoadWithin, () => "the node that stops is sent a request");
        await Eventually.Past(until);
        Remove(node);
        return await exit;
    }

    /// <summary>Removes a node from those that serve, and does not stop it.</summary>
    public void Forget(ServiceProcess node)
    {
        lock (gate)
        {
            nodes = [.. nodes.Where(one => one != node)];
            gone.Add(node);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in nodes.Concat(gone)) await node.DisposeAsync();
        authority.Dispose();
        folder.Dispose();
    }

    private int SentTo(ServiceProcess node) => sent.GetValueOrDefault(node);

    private Task<ServiceProcess> StartNode(
        TestHost? host = null, IReadOnlyDictionary<string, string?>? beside = null)
    {
        var own = new Dictionary<string, string?>(settings);
        foreach (var (name, value) in beside ?? new Dictionary<string, string?>()) own[name] = value;
        if (host is not null) own["Cluster:AdvertisedIp"] = host.Address;
        return ServiceProcess.Start(folder.Path, own, host: host);
    }

    /// <summary>No new request is sent to it; those that are under way are not disturbed from here.</summary>
    private ServiceProcess Remove(ServiceProcess node)
    {
        Forget(node);
        return node;
    }
}
