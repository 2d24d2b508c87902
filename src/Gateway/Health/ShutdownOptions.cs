using Microsoft.Extensions.Options;

namespace Bleepay.Gateway.Health;

/// <summary>How a node leaves, section <c>Shutdown</c>.</summary>
public sealed class ShutdownOptions
{
    public const string Section = "Shutdown";

    public static readonly TimeSpan DrainMax = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long a node serves requests after its readiness has turned false, so that a load balancer with an older
    /// answer gets no refusal. The default value is 5 seconds; zero for the embedded service, which has no balancer.
    /// </summary>
    public TimeSpan? Drain { get; set; }
}

/// <summary>Refuses a drain longer than an orchestrator waits.</summary>
internal sealed class ShutdownOptionsValidator : IValidateOptions<ShutdownOptions>
{
    public ValidateOptionsResult Validate(string? name, ShutdownOptions options) =>
        options.Drain is { } drain && (drain < TimeSpan.Zero || drain > ShutdownOptions.DrainMax)
            ? ValidateOptionsResult.Fail($"Shutdown__Drain is {drain}; set it to 00:00:00–{ShutdownOptions.DrainMax}.")
            : ValidateOptionsResult.Success;
}
