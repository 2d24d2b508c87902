using Bleepay.Grains.Sessions;
using Orleans.Configuration;
using Orleans.Messaging;

namespace Bleepay.Silo.Cluster;

/// <summary>
/// A separate gateway: it has no grains and no database, and reaches the silos at the configured addresses.
/// </summary>
internal static class GatewayCluster
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    public static IClientBuilder UseSilos(this IClientBuilder client, NodeOptions node)
    {
        client.Configure<ClusterOptions>(options =>
        {
            options.ClusterId = node.ClusterId;
            options.ServiceId = node.ServiceId;
        });
        client.Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = SiloAddresses.MaxAge);
        client.Services.AddSingleton<IGatewayListProvider, SiloAddresses>();
        client.Services.SendDriverExceptions();
        client.Services.AddSingleton<KeyRingAdmission>();
        client.Services.AddHostedService<GatewayKeyRing>();
        client.Services.AddSingleton<ISessionHomes, UnknownSessionHomes>();
        if (node.Tls.IsConfigured) client.UseNodeTls(node.Tls);

        // A gateway may start before its silos, and outlive them all.
        return client.UseConnectionRetryFilter(async (_, cancellation) =>
        {
            await Task.Delay(RetryDelay, cancellation);
            return true;
        });
    }
}
