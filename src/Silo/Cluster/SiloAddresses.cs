using System.Net;
using Microsoft.Extensions.Options;
using Orleans.Messaging;

namespace Bleepay.Silo.Cluster;

/// <summary>The silos' addresses. A DNS name stands for all its addresses, and is resolved every 10 seconds.</summary>
internal sealed partial class SiloAddresses(IOptions<NodeOptions> options, ILogger<SiloAddresses> logger)
    : IGatewayListProvider
{
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(10);

    public TimeSpan MaxStaleness => MaxAge;

    public bool IsUpdatable => true;

    public Task InitializeGatewayListProvider() => Task.CompletedTask;

    public async Task<IList<Uri>> GetGateways()
    {
        var silos = await Task.WhenAll(NodeOptions.Parse(options.Value.Gateways!).Select(Resolve));
        return [.. silos.SelectMany(addresses => addresses).Distinct()];
    }

    private async Task<IEnumerable<Uri>> Resolve(DnsEndPoint silo)
    {
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(silo.Host);
            return addresses.Select(address =>
                SiloAddress.New(new IPEndPoint(address, silo.Port), 0).ToGatewayUri());
        }
        catch (System.Net.Sockets.SocketException failure)
        {
            LogUnresolved(failure, silo.Host);
            return [];
        }
    }

    [LoggerMessage(LogLevel.Warning, "The name {Host} resolves to no address")]
    private partial void LogUnresolved(Exception failure, string host);
}
