using Orleans.Concurrency;

namespace Bleepay.Grains.Nodes;

/// <summary>Passes on what a gateway without a database asks.</summary>
[StatelessWorker]
[GrainType("keyring")]
public sealed class KeyRingGrain(IKeyRings rings) : Grain, IKeyRingGrain
{
    public Task<KeyRingConflict?> Admit(NodeKeyRing ring) => rings.Admit(ring);
}
