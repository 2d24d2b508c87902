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
}

/// <summary>Refuses a start with settings that make no cluster.</summary>
internal sealed class ClusterSettingsValidator : IValidateOptions<ClusterSettings>
{
    private const int PortMax = 65_535;

    public ValidateOptionsResult Validate(string? name, ClusterSettings options)
    {
        var failures = new List<string>();
        if (string.IsNullOrWhiteSpace(options.ClusterId)) failures.Add("Cluster__ClusterId must not be empty.");
        if (string.IsNullOrWhiteSpace(options.ServiceId)) failures.Add("Cluster__ServiceId must not be empty.");
        if (options.SiloPort is < 1 or > PortMax) failures.Add($"Cluster__SiloPort must be 1–{PortMax}.");
        if (options.GatewayPort is < 1 or > PortMax) failures.Add($"Cluster__GatewayPort must be 1–{PortMax}.");
        if (options.SiloPort == options.GatewayPort)
            failures.Add("Cluster__SiloPort and Cluster__GatewayPort must differ.");
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
