using System.Net;
using System.Net.Sockets;

namespace Bleepay.Tests.Harness;

/// <summary>
/// Ports that nothing listens on at the moment, each given once in a run: tests that run at once would otherwise take
/// each other's. They lie below those that the system gives to outgoing connections, of which tests open thousands.
/// </summary>
internal static class FreePort
{
    private const int First = 10_000;
    private const int Count = 20_000;

    /// <summary>Runs beside this one begin elsewhere.</summary>
    private static int next = Random.Shared.Next(Count);

    /// <summary>This number of different ports.</summary>
    public static IReadOnlyList<int> Several(int count) => [.. Candidates().Where(IsFree).Take(count)];

    private static IEnumerable<int> Candidates()
    {
        for (var tried = 0; tried < Count; tried++)
            yield return First + (int)((uint)Interlocked.Increment(ref next) % Count);
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
