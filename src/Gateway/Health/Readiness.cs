using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Bleepay.Gateway.Health;

/// <summary>
/// Whether this node may be sent requests: from the moment when all of it has started and has joined the cluster,
/// until it is asked to stop.
/// </summary>
/// <remarks>
/// HTTP listens before that, so that a node that waits for its database can answer 503. Afterwards the database plays
/// no part: without it every node would turn unready at once, and none would be left to answer 503 with Retry-After.
/// </remarks>
internal sealed partial class Readiness(
    IOptions<ShutdownOptions> options, ClockWatch clock, ILogger<Readiness> logger)
    : IHostedLifecycleService, INodeReadiness, IDisposable
{
    private readonly CancellationTokenSource leaving = new();

    private volatile bool hasStarted;
    private volatile bool isDraining;
    private volatile bool isSetAside;

    /// <summary>True once requests can be served, and for as long as they are.</summary>
    public bool HasStarted => hasStarted;

    public bool IsReady => hasStarted && !isDraining && !isSetAside && !clock.IsSetBack;

    /// <summary>Cancelled once the drain is over, for answers that would otherwise never end.</summary>
    public CancellationToken Leaving => leaving.Token;

    public void SetAside(bool isAside)
    {
        isSetAside = isAside;
        LogSetAside(isAside ? "not ready" : "ready");
    }

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        hasStarted = true;
        return Task.CompletedTask;
    }

    /// <summary>
    /// The host stops nothing before this has ended, and accepts new connections meanwhile. A node whose clock was set
    /// back does not wait: it serves no requests, and the other nodes need the grains it holds.
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

    [LoggerMessage(LogLevel.Information, "The operator has set this node {Readiness}; it serves requests all the same")]
    private partial void LogSetAside(string readiness);

    [LoggerMessage(LogLevel.Information, "No longer ready; requests are still served for {Drain}")]
    private partial void LogDraining(TimeSpan drain);
}
