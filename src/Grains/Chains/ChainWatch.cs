using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Bleepay.Grains.Chains;

/// <summary>
/// Keeps the watcher of each network alive, from every silo: where one has died, another silo has the watcher within
/// seconds.
/// </summary>
public sealed partial class ChainWatch(
    WatchedChains chains,
    IGrainFactory grains,
    [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider clock,
    ILogger<ChainWatch> logger)
    : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource end = new();
    private Task watching = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(ChainWatch), ServiceLifecycleStage.Active, Begin, End);

    public void Dispose() => end.Dispose();

    private Task Begin(CancellationToken cancellation)
    {
        watching = Task.WhenAll(chains.All.Select(
            chain => Task.Run(() => Keep(chain.Network), CancellationToken.None)));
        return Task.CompletedTask;
    }

    private async Task End(CancellationToken cancellation)
    {
        await end.CancelAsync();
        await watching.WaitAsync(cancellation);
    }

    private async Task Keep(string network)
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                await grains.GetGrain<IChainWatcherGrain>(network).Ensure().WaitAsync(end.Token);
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // The store of the cursor may be down, or the watcher moving to another silo.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                LogNotKept(failure, network);
            }

            try
            {
#pragma warning disable CA5394 // The jitter keeps the silos apart; guessing it gains nothing.
                await Task.Delay(Period * (0.5 + Random.Shared.NextDouble()), clock, end.Token);
#pragma warning restore CA5394
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "The watcher of network {Network} could not be reached")]
    private partial void LogNotKept(Exception exception, string network);
}
