using System.Globalization;
using System.Net;
using Microsoft.Extensions.Options;

namespace Bleepay.Silo;

/// <summary>Settings of the Orleans cluster, section <c>Cluster</c>.</summary>
internal sealed class ClusterSettings
{
    public const string Section = "Cluster";

    /// <summary>One running cluster. The default value is <c>bleepay</c>.</summary>
    public string ClusterId { get; set; } = "bleepay";

    /// <summary>
    /// Part of the key of everything stored: never to be changed. The default value is <c>bleepay</c>.
    /// </summary>
    public string ServiceId { get; set; } = "bleepay";

    /// <summary>Where silos talk to each other. The default value is 11111.</summary>
    public int SiloPort { get; set; } = 11111;

    /// <summary>Where gateways of their own connect to. The default value is 30000.</summary>
    public int GatewayPort { get; set; } = 30000;

    /// <summary>
    /// The silos of a gateway of its own, <c>host:port</c> separated by commas. Set, this process has no grains and
    /// needs no database. By default none: this process is gateway and silo in one.
    /// </summary>
    public string? Gateways { get; set; }

    /// <summary>Names this node in the cluster's table and logs. By default Orleans makes a name up.</summary>
    public string? NodeName { get; set; }

    /// <summary>Where other nodes reach this one. By default the host's own address.</summary>
    public string? AdvertisedIp { get; set; }

    /// <exception cref="FormatException">An entry is not <c>host:port</c>.</exception>
    public static IReadOnlyList<DnsEndPoint> Parse(string gateways) =>
        [.. gateways.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(entry =>
        {
            var colon = entry.LastIndexOf(':');
            return colon > 0 && ushort.TryParse(entry[(colon + 1)..], CultureInfo.InvariantCulture, out var port)
                ? new DnsEndPoint(entry[..colon], port)
                : throw new FormatException($"'{entry}' is not host:port.");
        })];
}

/// <summary>Refuses a start with settings that make no cluster.</summary>
internal sealed class ClusterSettingsValidator : IValidateOptions<ClusterSettings>
{
    private const int PortMax = 65_535;

    private static bool TryParse(string gateways)
    {
        try
        {
            return ClusterSettings.Parse(gateways).Count > 0;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    public ValidateOptionsResult Validate(string? name, ClusterSettings options)
    {
        var failures = new List<string>();
        if (string.IsNullOrWhiteSpace(options.ClusterId)) failures.Add("Cluster__ClusterId must not be empty.");
        if (string.IsNullOrWhiteSpace(options.ServiceId)) failures.Add("Cluster__ServiceId must not be empty.");
        if (options.SiloPort is < 1 or > PortMax) failures.Add($"Cluster__SiloPort must be 1–{PortMax}.");
        if (options.GatewayPort is < 1 or > PortMax) failures.Add($"Cluster__GatewayPort must be 1–{PortMax}.");
        if (options.SiloPort == options.GatewayPort)
            failures.Add("Cluster__SiloPort and Cluster__GatewayPort must differ.");
        if (options.AdvertisedIp is { } address && !IPAddress.TryParse(address, out _))
            failures.Add($"Cluster__AdvertisedIp is {address}; set it to an IP address, or leave it unset.");
        if (options.Gateways is { Length: > 0 } gateways && !TryParse(gateways))
            failures.Add($"Cluster__Gateways is {gateways}; set it to host:port, several separated by commas.");
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
