using Bleepay.Grains.Chains;
using Bleepay.Grains.Sessions;
using Bleepay.Grains.Webhooks;

namespace Bleepay.Grains;

/// <summary>
/// Begins the counters of a silo's grains at zero. A series whose first sight is its first event shows no increase, so
/// an alert on the first failure would never be raised.
/// </summary>
public sealed class SeriesAtStart(WatchedChains chains) : ILifecycleParticipant<ISiloLifecycle>
{
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(SeriesAtStart), ServiceLifecycleStage.First, Begin);

    private Task Begin(CancellationToken cancellation)
    {
        SessionInstruments.BeginAtZero();
        WebhookInstruments.BeginAtZero();
        foreach (var chain in chains.All) ChainInstruments.BeginAtZero(chain.Network);
        return Task.CompletedTask;
    }
}
