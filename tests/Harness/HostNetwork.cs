using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace Bleepay.Tests.Harness;

/// <summary>
/// Several hosts on this machine, each a network namespace with a separate address, so that the way between two of them
/// can be cut while all else is reached.
/// </summary>
internal sealed class HostNetwork
{
    private const int HostCount = 3;
    private const int OwnHostNumber = 254;

    private static readonly Lazy<HostNetwork> ThisRun = new(Create);

    private readonly string name;
    private readonly string subnet;
    private Process? untilTheEnd;

    private HostNetwork(int hosts)
    {
        // Interface names have 15 characters at most, and runs beside this one need other names and addresses.
        var number = RandomNumberGenerator.GetInt32(256 * 256);
        name = string.Create(CultureInfo.InvariantCulture, $"bp{number:x4}");
        subnet = string.Create(CultureInfo.InvariantCulture, $"10.{number / 256}.{number % 256}");
        Hosts = [.. Enumerable.Range(1, hosts).Select(host => new TestHost($"{name}h{host}", $"{subnet}.{host}"))];
    }

    /// <summary>The hosts of this run of the tests, which are there until it ends.</summary>
    public static HostNetwork OfThisRun
    {
        get
        {
            Tools.Require(Tool.NetworkNamespaces);
            return ThisRun.Value;
        }
    }

    public IReadOnlyList<TestHost> Hosts { get; }

    /// <summary>Where the hosts reach what runs on this machine itself.</summary>
    public string OwnAddress => $"{subnet}.{OwnHostNumber}";

    /// <summary>Only root may make namespaces.</summary>
    public static bool IsPossible() => Environment.UserName == "root" && TryIp("netns", "list");

    /// <summary>
    /// Makes the hosts before a browser starts: Chromium closes its connections (ERR_NETWORK_CHANGED) when this machine
    /// gets or loses an address.
    /// </summary>
    public static void Prepare()
    {
        if (Tools.IsInstalled(Tool.NetworkNamespaces)) _ = ThisRun.Value;
    }

    /// <summary>
    /// Nothing goes from this host to another or back; what runs on this machine itself is still reached.
    /// </summary>
    public void CutOff(TestHost host) => Between(host, "add");

    public void Heal(TestHost host) => Between(host, "del");

    private static HostNetwork Create()
    {
        var network = new HostNetwork(HostCount);
        network.EndWithTests();
        Ip("link", "add", network.name, "type", "bridge");
        Ip("addr", "add", $"{network.OwnAddress}/24", "dev", network.name);
        Raise(network.name);
        for (var number = 0; number < HostCount; number++) network.Connect(network.Hosts[number], number);
        return network;
    }

    /// <summary>
    /// Removes all of it once this process is gone, however it ended: the shell waits for the end of its input, and
    /// nothing is written to it.
    /// </summary>
    private void EndWithTests()
    {
        const string script =
            "trap '' INT TERM; cat >/dev/null; link=$1; shift; " +
            "for host; do ip netns del \"$host\"; done; ip link del \"$link\"";
        string[] hosts = [.. Hosts.Select(host => host.Namespace)];
        untilTheEnd = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", script, "sh", name, .. hosts])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        });
        Assert.NotNull(untilTheEnd);
    }

    private void Connect(TestHost host, int number)
    {
        var port = string.Create(CultureInfo.InvariantCulture, $"{name}p{number}");
        Ip("netns", "add", host.Namespace);
        Ip("link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", host.Namespace);
        Ip("link", "set", port, "master", name);
        Raise(port);
        Ip("-n", host.Namespace, "addr", "add", $"{host.Address}/24", "dev", "eth0");
        Ip("-n", host.Namespace, "link", "set", "eth0", "up");
        Ip("-n", host.Namespace, "link", "set", "lo", "up");
    }

    /// <summary>Without the address that IPv6 would give it a moment later.</summary>
    private static void Raise(string link)
    {
        Ip("link", "set", link, "addrgenmode", "none");
        Ip("link", "set", link, "up");
    }

    private void Between(TestHost host, string change)
    {
        foreach (var other in Hosts.Where(one => one != host))
        {
            Ip("-n", host.Namespace, "route", change, "blackhole", $"{other.Address}/32");
            Ip("-n", other.Namespace, "route", change, "blackhole", $"{host.Address}/32");
        }
    }

    private static void Ip(params string[] arguments) =>
        Assert.True(TryIp(arguments), $"ip {string.Join(' ', arguments)} failed.");

    private static bool TryIp(params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("ip", arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}

/// <summary>A host with a separate address.</summary>
internal sealed record TestHost(string Namespace, string Address)
{
    /// <summary>What a command line begins with to run there.</summary>
    public IReadOnlyList<string> Runs => ["ip", "netns", "exec", Namespace];
}
