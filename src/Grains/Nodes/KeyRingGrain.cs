using Orleans.Concurrency;

namespace Bleepay.Grains.Nodes;

/// <summary>Forwards the requests of a gateway without a database.</summary>
[StatelessWorker]
[GrainType("keyring")]
public sealed class KeyRingGrain(IKeyRings rings) : Grain, IKeyRingGrain
{
    public Task<KeyRingConflict?> Admit(NodeKeyRing ring) => rings.Admit(ring);
}
