using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Bleepay.Bench.Load;

/// <summary>What <see cref="StartupHook"/> reports of the process that it runs in.</summary>
/// <param name="AllocatedBytes">Since the process has started.</param>
/// <param name="HeapBytes">Held at the moment, garbage that is not yet collected included.</param>
/// <param name="SentMessages">Of Orleans, to other processes.</param>
internal readonly record struct ProbeFigures(
    long AllocatedBytes, long HeapBytes, long Collections, long FullCollections, long SentMessages)
{
    /// <summary>Asks the probe that listens at this socket.</summary>
    /// <param name="collect">Collects all garbage first.</param>
    public static async Task<ProbeFigures> Ask(string socketPath, bool collect = false)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath));
        await socket.SendAsync(Encoding.ASCII.GetBytes(collect ? "c" : "?"));
        var buffer = new byte[256];
        var length = await socket.ReceiveAsync(buffer);
        var figures = Encoding.ASCII.GetString(buffer, 0, length).Split(' ')
            .Select(text => long.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        return new ProbeFigures(figures[0], figures[1], figures[2], figures[3], figures[4]);
    }
}
