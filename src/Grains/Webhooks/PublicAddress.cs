using System.Net;
using System.Net.Sockets;

namespace Bleepay.Grains.Webhooks;

/// <summary>
/// Which addresses are of the public internet: those that IANA's special-purpose registries (RFC 6890, as of 2025) call
/// globally reachable. Everything that is not known to be, is not. Pure.
/// </summary>
public static class PublicAddress
{
    private static readonly IPNetwork[] NotPublic = Networks(
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",

        // Multicast (RFC 5771) and what is reserved, the limited broadcast among it.
        "224.0.0.0/4", "240.0.0.0/4",

        // Of the one block of IPv6 that is given out.
        "2001::/23", "2001:db8::/32", "3fff::/20");

    /// <summary>Smaller blocks within those, which are globally reachable all the same.</summary>
    private static readonly IPNetwork[] PublicWithin = Networks(
        "192.0.0.9/32", "192.0.0.10/32",
        "2001:1::1/128", "2001:1::2/128", "2001:1::3/128", "2001:3::/32", "2001:4:112::/48", "2001:20::/28",
        "2001:30::/28");

    /// <summary>All that is given out of IPv6 (RFC 4291 §2.4).</summary>
    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    /// <summary>
    /// True for an address that is reachable from everywhere. One that carries an IPv4 address within it (mapped,
    /// NAT64, 6to4) is as public as that.
    /// </summary>
    public static bool Is(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork) return IsListed(address);
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || address.ScopeId != 0) return false;
        if (address.IsIPv4MappedToIPv6) return Is(address.MapToIPv4());
        if (Nat64.Contains(address)) return Is(Within(address, 12));
        if (SixToFour.Contains(address)) return Is(Within(address, 2));
        return GlobalUnicast.Contains(address) && IsListed(address);
    }

    private static bool IsListed(IPAddress address) =>
        PublicWithin.Any(network => network.Contains(address))
        || !NotPublic.Any(network => network.Contains(address));

    private static IPAddress Within(IPAddress address, int offset) =>
        new(address.GetAddressBytes().AsSpan(offset, 4));

    private static IPNetwork[] Networks(params string[] networks) => [.. networks.Select(IPNetwork.Parse)];
}
