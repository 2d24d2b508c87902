using System.Net;
using Bleepay.Silo.Storage;
using Microsoft.Extensions.Options;

namespace Bleepay.Silo.Cluster;

/// <summary>Refuses settings that make no cluster, or one that strangers could enter.</summary>
/// <param name="provider">Of the database; null for a gateway, which has none.</param>
internal sealed class NodeOptionsValidator(StorageProvider? provider) : IValidateOptions<NodeOptions>
{
    private const int PortMax = 65_535;

    private bool IsEmbedded => provider == StorageProvider.Sqlite;

    public ValidateOptionsResult Validate(string? name, NodeOptions options)
    {
        var failures = new List<string>();
        if (string.IsNullOrWhiteSpace(options.ClusterId)) failures.Add("Cluster__ClusterId must not be empty.");
        if (string.IsNullOrWhiteSpace(options.ServiceId)) failures.Add("Cluster__ServiceId must not be empty.");
        failures.AddRange(OfPorts(options));
        if (options.AdvertisedIp is { } address && !IPAddress.TryParse(address, out _))
            failures.Add($"Cluster__AdvertisedIp is {address}; set it to an IP address, or leave it unset.");
        if (options.IsGateway && !CanBeParsed(options.Gateways!))
            failures.Add($"Cluster__Gateways is {options.Gateways}; set it to host:port, several separated by commas.");
        else if (!IsEmbedded)
            failures.AddRange(OfWire(options));
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private IEnumerable<string> OfPorts(NodeOptions options)
    {
        if (options.SiloPort is < 1 or > PortMax) yield return $"Cluster__SiloPort must be 1–{PortMax}.";
        if (options.GatewayPort is not { } gatewayPort) yield break;
        if (gatewayPort is < 1 or > PortMax) yield return $"Cluster__GatewayPort must be 1–{PortMax}, or unset.";
        if (options.SiloPort == gatewayPort) yield return "Cluster__SiloPort and Cluster__GatewayPort must differ.";
        if (IsEmbedded)
            yield return "Cluster__GatewayPort is set, and on SQLite no gateway can connect; leave it unset, or set " +
                "Storage__Provider to PostgreSql.";
    }

    private static IEnumerable<string> OfWire(NodeOptions options)
    {
        var tls = options.Tls;
        if (tls.IsConfigured)
        {
            if (CertificateFailure(tls) is { } failure) yield return failure;
        }
        else if (tls.Mode != NodeTlsMode.Require)
        {
            yield return $"Cluster__Tls__Mode is {tls.Mode}, which needs Cluster__Tls__CertificatePath, " +
                "Cluster__Tls__KeyPath and Cluster__Tls__CaPath.";
        }

        var isProtected = options.IsGateway ? tls.Connects : tls.IsRequired;
        if (isProtected || options.AllowPlaintext || options.StaysOnLoopback) yield break;
        var reached = options.IsGateway
            ? $"Cluster__Gateways is {options.Gateways}, beyond loopback"
            : $"Cluster__AdvertisedIp is {options.AdvertisedIp ?? "unset"}, so other hosts reach this node";
        yield return $"{reached}, and connections without TLS are neither encrypted nor authenticated. Set " +
            "Cluster__Tls__CertificatePath, Cluster__Tls__KeyPath and Cluster__Tls__CaPath; or Cluster__AdvertisedIp=" +
            "127.0.0.1 for nodes on one host; or Cluster__AllowPlaintext=true where only nodes can reach the ports.";
    }

    private static string? CertificateFailure(NodeTlsOptions tls)
    {
        if (tls.CertificatePath is null || tls.KeyPath is null || tls.CaPath is null)
            return "Set Cluster__Tls__CertificatePath, Cluster__Tls__KeyPath and Cluster__Tls__CaPath, or none.";
        if (string.IsNullOrWhiteSpace(tls.Name)) return "Cluster__Tls__Name must not be empty.";
        try
        {
            NodeCertificate.Read(tls).Dispose();
            return null;
        }
        catch (Exception failure) when (NodeCertificate.IsUnusable(failure))
        {
            return "Cluster__Tls__CertificatePath, Cluster__Tls__KeyPath and Cluster__Tls__CaPath name files that " +
                $"can't be used: {failure.Message}";
        }
    }

    private static bool CanBeParsed(string gateways)
    {
        try
        {
            return NodeOptions.Parse(gateways).Count > 0;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
