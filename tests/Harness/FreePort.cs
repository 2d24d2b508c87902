using System.Net;
using System.Net.Sockets;

namespace Bleepay.Tests.Harness;

/// <summary>Ports that nothing listens on at the moment.</summary>
internal static class FreePort
{
    /// <summary>So many different ports, all held open until all are known.</summary>
    public static IReadOnlyList<int> Several(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        foreach (var listener in listeners) listener.Start();
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToList();
        foreach (var listener in listeners) listener.Dispose();
        return ports;
    }
}
