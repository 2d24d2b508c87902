using System.Globalization;
using System.Net;

namespace Bleepay.Silo.Cluster;

/// <summary>What a node is in its cluster, and how nodes reach each other; section <c>Cluster</c>.</summary>
internal sealed class NodeOptions
{
    public const string Section = "Cluster";

    /// <summary>One running cluster. The default value is <c>bleepay</c>.</summary>
    public string ClusterId { get; set; } = "bleepay";

    /// <summary>
    /// Part of the key of everything stored: never to be changed. The default value is <c>bleepay</c>.
    /// </summary>
    public string ServiceId { get; set; } = "bleepay";

    /// <summary>The port between nodes, on PostgreSQL. The default value is 11111.</summary>
    public int SiloPort { get; set; } = 11111;

    /// <summary>The port for gateways apart, on PostgreSQL. By default none: such gateways can't connect.</summary>
    public int? GatewayPort { get; set; }

    /// <summary>
    /// The silos of a separate gateway, <c>host:port</c> separated by commas. Set, this process has no grains and
    /// needs no database. By default none: this process is gateway and silo in one.
    /// </summary>
    public string? Gateways { get; set; }

    /// <summary>Names this node in the cluster's table and logs. By default Orleans makes a name up.</summary>
    public string? NodeName { get; set; }

    /// <summary>Where other nodes reach this one, and where it listens. By default the host's own address.</summary>
    public string? AdvertisedIp { get; set; }

    /// <summary>
    /// Allows connections without TLS beyond loopback. Every host that reaches the ports is then trusted.
    /// </summary>
    public bool AllowPlaintext { get; set; }

    /// <summary>The certificates of the connections between nodes.</summary>
    public NodeTlsOptions Tls { get; set; } = new();

    public bool IsGateway => Gateways is { Length: > 0 };

    /// <summary>True when no other host can reach this node, or this gateway calls this host only.</summary>
    /// <exception cref="FormatException">An address is malformed.</exception>
    public bool StaysOnLoopback => IsGateway
        ? Parse(Gateways!).All(silo => IsLoopback(silo.Host))
        : AdvertisedIp is { } address && IsLoopback(address);

    /// <exception cref="FormatException">An entry is not <c>host:port</c>.</exception>
    public static IReadOnlyList<DnsEndPoint> Parse(string gateways) =>
        [.. gateways.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(entry =>
        {
            var colon = entry.LastIndexOf(':');
            return colon > 0 && ushort.TryParse(entry[(colon + 1)..], CultureInfo.InvariantCulture, out var port)
                ? new DnsEndPoint(entry[..colon], port)
                : throw new FormatException($"'{entry}' is not host:port.");
        })];

    private static bool IsLoopback(string host) =>
        host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}

/// <summary>
/// Mutual TLS between nodes, and from gateways apart to silos. The files are PEM and read again when they change.
/// </summary>
internal sealed class NodeTlsOptions
{
    /// <summary>
    /// The node's certificate, followed by intermediate ones. It must hold <see cref="Name"/> as a DNS name and be
    /// valid for both server and client authentication. All nodes may share one.
    /// </summary>
    public string? CertificatePath { get; set; }

    /// <summary>The certificate's private key, not encrypted.</summary>
    public string? KeyPath { get; set; }

    /// <summary>The root certificates that are trusted between nodes; the system's are not.</summary>
    public string? CaPath { get; set; }

    /// <summary>The DNS name that each node's certificate must hold. The default is <c>bleepay-nodes</c>.</summary>
    public string Name { get; set; } = "bleepay-nodes";

    /// <summary>How a cluster moves to TLS without a stop. The default is <see cref="NodeTlsMode.Require"/>.</summary>
    public NodeTlsMode Mode { get; set; } = NodeTlsMode.Require;

    public bool IsConfigured => CertificatePath is not null || KeyPath is not null || CaPath is not null;

    /// <summary>True when this node connects with TLS.</summary>
    public bool Connects => IsConfigured && Mode != NodeTlsMode.Allow;

    /// <summary>True when every connection to this node must use TLS.</summary>
    public bool IsRequired => IsConfigured && Mode == NodeTlsMode.Require;
}

/// <summary>
/// The steps from plaintext to TLS, in their order: a node understands nodes one step before and one step after it.
/// </summary>
internal enum NodeTlsMode
{
    /// <summary>Accepts both, connects without TLS.</summary>
    Allow,

    /// <summary>Accepts both, connects with TLS.</summary>
    Prefer,

    /// <summary>TLS only.</summary>
    Require,
}
