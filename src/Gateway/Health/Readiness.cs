using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Bleepay.Gateway.Health;

/// <summary>How a node leaves, section <c>Shutdown</c>.</summary>
public sealed class ShutdownOptions
{
    public const string Section = "Shutdown";

    public static readonly TimeSpan DrainMax = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long a node serves on after its readiness has turned false, so that nobody who still believes in it is
    /// refused. The default value is 5 seconds; zero for the embedded service, which nobody balances load over.
    /// </summary>
    public TimeSpan? Drain { get; set; }
}

/// <summary>Refuses a drain that no orchestrator would wait for.</summary>
internal sealed class ShutdownOptionsValidator : IValidateOptions<ShutdownOptions>
{
    public ValidateOptionsResult Validate(string? name, ShutdownOptions options) =>
        options.Drain is { } drain && (drain < TimeSpan.Zero || drain > ShutdownOptions.DrainMax)
            ? ValidateOptionsResult.Fail($"Shutdown__Drain is {drain}; set it to 00:00:00–{ShutdownOptions.DrainMax}.")
            : ValidateOptionsResult.Success;
}

/// <summary>
/// Whether this node may be sent requests: from the moment when all of it has started, its place in the cluster
/// included, until it is asked to stop.
/// </summary>
/// <remarks>
/// HTTP listens before that, so that a node that waits for its database says so. The database does not take part
/// afterwards: without it every node would turn unready at once, and nobody be left to say 503 and when to ask again.
/// </remarks>
internal sealed partial class Readiness(
    IOptions<ShutdownOptions> options, ClockWatch clock, ILogger<Readiness> logger)
    : IHostedLifecycleService, IDisposable
{
    private readonly CancellationTokenSource leaving = new();

    private volatile bool hasStarted;
    private volatile bool isDraining;

    /// <summary>True once requests can be served, and for as long as they are.</summary>
    public bool HasStarted => hasStarted;

    public bool IsReady => hasStarted && !isDraining && !clock.IsSetBack;

    /// <summary>Cancelled once the drain is over, for answers that would never end by themselves.</summary>
    public CancellationToken Leaving => leaving.Token;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        hasStarted = true;
        return Task.CompletedTask;
    }

    /// <summary>
    /// The host stops nothing before this has ended, and takes new connections meanwhile. A node whose clock was set
    /// back does not wait: it serves nobody, and the others need what its grains hold.
    /// </summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        isDraining = true;
        var drain = options.Value.Drain ?? TimeSpan.Zero;
        if (hasStarted && drain > TimeSpan.Zero && !clock.IsSetBack)
        {
            LogDraining(drain);
            await Task.Delay(drain, cancellationToken);
        }

        await leaving.CancelAsync();
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => leaving.Dispose();

    [LoggerMessage(LogLevel.Information, "No longer ready; serving on for {Drain}")]
    private partial void LogDraining(TimeSpan drain);
}
