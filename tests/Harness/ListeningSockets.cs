using System.Globalization;
using System.Net;

namespace Bleepay.Tests.Harness;

/// <summary>Where a process listens, by Linux's own account of it.</summary>
internal static class ListeningSockets
{
    private const string Listening = "0A";

    private static readonly string[] Tables = ["tcp", "tcp6"];

    /// <summary>False where there is no <c>/proc</c>.</summary>
    public static bool CanBeRead() => OperatingSystem.IsLinux();

    /// <summary>The TCP endpoints of the process, IPv4 and IPv6.</summary>
    public static IReadOnlyList<IPEndPoint> Of(int processId)
    {
        var own = Directory.EnumerateFiles($"/proc/{processId}/fd")
            .Select(descriptor => new FileInfo(descriptor).LinkTarget ?? "")
            .Where(target => target.StartsWith("socket:[", StringComparison.Ordinal))
            .Select(target => target["socket:[".Length..^1])
            .ToHashSet(StringComparer.Ordinal);
        return [.. Tables
            .SelectMany(table => File.ReadLines($"/proc/{processId}/net/{table}").Skip(1))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(row => row[3] == Listening && own.Contains(row[9]))
            .Select(row => Parse(row[1]))];
    }

    /// <summary>Hexadecimal: 32-bit words in the machine's order, a colon, the port.</summary>
    private static IPEndPoint Parse(string text)
    {
        var (address, port) = (text.Split(':')[0], text.Split(':')[1]);
        var bytes = Convert.FromHexString(address)
            .Chunk(4)
            .SelectMany(word => BitConverter.IsLittleEndian ? word.Reverse() : word)
            .ToArray();
        return new IPEndPoint(
            new IPAddress(bytes), int.Parse(port, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }
}
