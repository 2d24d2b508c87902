using Bleepay.Silo.Retention;
using Bleepay.Silo.Storage.Sessions;

namespace Bleepay.Silo.Storage;

/// <summary>Begins the counters of a silo's storage at zero, as <see cref="Grains.SeriesAtStart"/> does.</summary>
internal sealed class StoreSeriesAtStart : ILifecycleParticipant<ISiloLifecycle>
{
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(StoreSeriesAtStart), ServiceLifecycleStage.First, Begin);

    private static Task Begin(CancellationToken cancellation)
    {
        ListInstruments.BeginAtZero();
        RetentionInstruments.BeginAtZero();
        return Task.CompletedTask;
    }
}
