using System.Net;
using Bleepay.Grains.Nodes;
using Bleepay.Grains.Sessions;
using Bleepay.Silo.Storage;
using Bleepay.Silo.Storage.PostgreSql;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime.GrainDirectory;
using Orleans.Runtime.Hosting;
using Orleans.Serialization;

namespace Bleepay.Silo.Cluster;

/// <summary>
/// Makes a silo part of a cluster: of itself alone on a file, of all that share a server's database.
/// </summary>
internal static class ClusterHost
{
    /// <summary>
    /// A node that no other node can reach finds only in the table that it was declared dead, and
    /// until then works as if it were part of the cluster.
    /// </summary>
    /// <remarks>
    /// The others declare it dead after three missed probes. Orleans lets the probe timeout grow to four times its
    /// usual 5 s, and three of those exceed the minute within which its sessions expire.
    /// </remarks>
    private static readonly TimeSpan TableRefresh = TimeSpan.FromSeconds(10);

    public static NodeOptions AddNodeOptions(this WebApplicationBuilder builder)
    {
        var section = builder.Configuration.GetSection(NodeOptions.Section);
        builder.Services.AddOptions<NodeOptions>().Bind(section).ValidateOnStart();
        var node = section.Get<NodeOptions>() ?? new();
        StorageProvider? provider = node.IsGateway ? null : StorageHost.ProviderOf(builder.Configuration);
        builder.Services.AddSingleton<IValidateOptions<NodeOptions>>(new NodeOptionsValidator(provider));
        return node;
    }

    /// <summary>
    /// Exceptions of a database's driver are sent to the calling node. Orleans sends exceptions of known namespaces
    /// only; any other would arrive as a fault of serialization, not as an outage of the store.
    /// </summary>
    public static void SendDriverExceptions(this IServiceCollection services) =>
        services.Configure<ExceptionSerializationOptions>(
            options => options.SupportedNamespacePrefixes.Add(nameof(Npgsql)));

    /// <summary>Has sessions live on the silos that their ids lead to.</summary>
    public static ISiloBuilder AddSessionHomes(this ISiloBuilder silo)
    {
        silo.Services.AddSingleton<SessionHomes>();
        silo.Services.AddSingleton<ISessionHomes>(services => services.GetRequiredService<SessionHomes>());
        silo.Services.AddSingleton<SessionDirectory>();
        silo.Services.AddSingleton<IGrainDirectoryCache>(services => services.GetRequiredService<SessionDirectory>());
        return silo.AddGrainDirectory(
            DepositSessionGrain.DirectoryName, (services, _) => services.GetRequiredService<SessionDirectory>());
    }

    public static ISiloBuilder UseCluster(this ISiloBuilder silo, NodeOptions node, IDatabase database)
    {
        if (node.NodeName is { Length: > 0 } name)
            silo.Configure<SiloOptions>(options => options.SiloName = name);
        silo.Services.SendDriverExceptions();
        return database is PostgreSqlDatabase shared
            ? silo.UseSharedCluster(node, shared)
            : silo.UseClusterOfOne(node);
    }

    /// <summary>The port is only part of the silo's name: nothing listens on it.</summary>
    private static ISiloBuilder UseClusterOfOne(this ISiloBuilder silo, NodeOptions node)
    {
        NoConnections.Replace(silo.Services);
        return silo.UseLocalhostClustering(
            node.SiloPort, gatewayPort: 0, (IPEndPoint?)null, node.ServiceId, node.ClusterId);
    }

    private static ISiloBuilder UseSharedCluster(this ISiloBuilder silo, NodeOptions node, PostgreSqlDatabase database)
    {
        silo.Services.AddSingleton<KeyRingAdmission>();
        silo.Services.AddSingleton(_ => new PostgreSqlKeyRings(database));
        silo.Services.AddSingleton<IKeyRings>(services => services.GetRequiredService<PostgreSqlKeyRings>());
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, SiloKeyRing>();
        silo.UseAdoNetClustering(options =>
        {
            options.Invariant = database.Invariant;
            options.DataSource = database.StockSource;
        });
        silo.Configure<ClusterOptions>(options =>
        {
            options.ClusterId = node.ClusterId;
            options.ServiceId = node.ServiceId;
        });
        silo.Configure<ClusterMembershipOptions>(options =>
        {
            options.MaxProbeTimeout = options.ProbeTimeout;
            options.TableRefreshTimeout = TableRefresh;
        });
        if (node.Tls.IsConfigured) silo.UseNodeTls(node.Tls);

        // Port 0 is none.
        var gatewayPort = node.GatewayPort ?? 0;
        return IPAddress.TryParse(node.AdvertisedIp, out var address)
            ? silo.ConfigureEndpoints(address, node.SiloPort, gatewayPort, listenOnAnyHostAddress: false)
            : silo.ConfigureEndpoints(node.SiloPort, gatewayPort);
    }
}
