using System.Net;
using Bleepay.Silo.Storage;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Serialization;

namespace Bleepay.Silo;

/// <summary>
/// Makes a silo part of a cluster: of itself alone on a file, of all that share a server's database.
/// </summary>
internal static class ClusterHost
{
    /// <summary>
    /// A node that no other can reach is told by nobody that it was declared dead: it learns that from the table, and
    /// until then goes on as if it were part of the cluster.
    /// </summary>
    /// <remarks>
    /// The others declare it dead once nothing has come from it for three probes of the longest time that a probe may
    /// take. Left to grow to four times its usual 5 s, that is more than the minute within which its sessions expire.
    /// </remarks>
    private static readonly TimeSpan TableRefresh = TimeSpan.FromSeconds(10);

    public static ClusterSettings AddClusterSettings(this WebApplicationBuilder builder)
    {
        var section = builder.Configuration.GetSection(ClusterSettings.Section);
        builder.Services.AddOptions<ClusterSettings>().Bind(section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<ClusterSettings>, ClusterSettingsValidator>();
        return section.Get<ClusterSettings>() ?? new();
    }

    /// <summary>
    /// What a database's driver throws is told to the node that asked. Orleans sends exceptions of known namespaces
    /// only; any other would arrive as a fault of serialization, not as a store that is away.
    /// </summary>
    public static void SendDriverExceptions(this IServiceCollection services) =>
        services.Configure<ExceptionSerializationOptions>(
            options => options.SupportedNamespacePrefixes.Add(nameof(Npgsql)));

    public static ISiloBuilder UseCluster(this ISiloBuilder silo, ClusterSettings cluster, IDatabase database)
    {
        if (cluster.NodeName is { Length: > 0 } name)
            silo.Configure<SiloOptions>(options => options.SiloName = name);
        silo.Services.SendDriverExceptions();
        return database.Provider == StorageProvider.Sqlite
            ? silo.UseLocalhostClustering(
                cluster.SiloPort, cluster.GatewayPort, (IPEndPoint?)null, cluster.ServiceId, cluster.ClusterId)
            : silo.UseSharedCluster(cluster, database);
    }

    private static ISiloBuilder UseSharedCluster(
        this ISiloBuilder silo, ClusterSettings cluster, IDatabase database)
    {
        silo.UseAdoNetClustering(options =>
        {
            options.Invariant = database.Invariant;
            options.ConnectionString = database.ConnectionString;
        });
        silo.Configure<ClusterOptions>(options =>
        {
            options.ClusterId = cluster.ClusterId;
            options.ServiceId = cluster.ServiceId;
        });
        silo.Configure<ClusterMembershipOptions>(options =>
        {
            options.MaxProbeTimeout = options.ProbeTimeout;
            options.TableRefreshTimeout = TableRefresh;
        });
        return cluster.AdvertisedIp is { } address
            ? silo.ConfigureEndpoints(
                IPAddress.Parse(address), cluster.SiloPort, cluster.GatewayPort, listenOnAnyHostAddress: false)
            : silo.ConfigureEndpoints(cluster.SiloPort, cluster.GatewayPort);
    }
}
