using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Bleepay.Grains.Webhooks;

/// <summary>
/// Wakes the endpoints with due events: retries, and events whose silo has died. One query finds the endpoints, and
/// each of them then claims its own events. Also deletes deliveries that are too old to be listed.
/// </summary>
public sealed partial class WebhookSweep(
    IWebhookStore store,
    IGrainFactory grains,
    IOptions<WebhookOptions> options,
    [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider clock,
    ILogger<WebhookSweep> logger)
    : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PrunePeriod = TimeSpan.FromMinutes(10);

    private readonly CancellationTokenSource end = new();
    private Task sweeping = Task.CompletedTask;
    private bool hasReleased;

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(WebhookSweep), ServiceLifecycleStage.Active, Begin, End);

    public void Dispose() => end.Dispose();

    private Task Begin(CancellationToken cancellation)
    {
        sweeping = Task.WhenAll(
            Task.Run(() => Repeat(Period, WakeDue), CancellationToken.None),
            Task.Run(() => Repeat(PrunePeriod, Prune), CancellationToken.None));
        return Task.CompletedTask;
    }

    private async Task End(CancellationToken cancellation)
    {
        await end.CancelAsync();
        await sweeping.WaitAsync(cancellation);
    }

    private async Task Repeat(TimeSpan period, Func<Task> sweep)
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
#pragma warning disable CA5394 // The jitter keeps the nodes apart; guessing it gains nothing.
                await Task.Delay(period * (0.5 + Random.Shared.NextDouble()), clock, end.Token);
#pragma warning restore CA5394
                await sweep();
            }
            catch (OperationCanceledException)
            {
                return;
            }
#pragma warning disable CA1031 // The store may be down; the next sweep finds the same.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                LogFailed(failure);
            }
        }
    }

    private async Task WakeDue()
    {
        if (!hasReleased) await ReleaseStranded();
        foreach (var endpoint in await store.ReadDueEndpoints(clock.GetUtcNow()))
            await grains.GetGrain<IWebhookEndpointGrain>(endpoint).Wake();
    }

    /// <summary>At a start only: a process whose clock was set back has ended, and this is its successor.</summary>
    private async Task ReleaseStranded()
    {
        var sessions = await store.ReleaseStranded(
            clock.GetUtcNow(), DeliveryRules.LongestDelay(options.Value.RetryDelays()));
        hasReleased = true;
        if (sessions > 0) LogReleased(sessions);
    }

    private async Task Prune()
    {
        while (await store.Prune(clock.GetUtcNow() - options.Value.DeliveryRetention))
            end.Token.ThrowIfCancellationRequested();
    }

    [LoggerMessage(LogLevel.Warning,
        "Webhooks of {Sessions} sessions were due at a time that only a wrong clock can set; they are due now")]
    private partial void LogReleased(int sessions);

    [LoggerMessage(LogLevel.Warning, "The search for waiting webhooks failed")]
    private partial void LogFailed(Exception failure);
}
