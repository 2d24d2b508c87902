using Bleepay.Grains.Sessions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Bleepay.Silo.Cluster;

/// <summary>The homes of sessions, computed from this silo's view of the cluster.</summary>
/// <remarks>
/// For as long as two silos know different clusters, a session may be active on both. That is harmless: each write
/// names the version that it replaces, and the silo that is refused reads the session again.
/// </remarks>
internal sealed class SessionHomes(
    IClusterMembershipService membership, ILocalSiloDetails local, IOptions<ConsistentRingOptions> ring) : ISessionHomes
{
    private static readonly GrainType SessionType = GrainType.Create(DepositSessionGrain.GrainTypeName);

    private readonly SessionGuests guests = new();
    private readonly Lock gate = new();
    private Homes homes = new(MembershipVersion.MinValue, 0, [], new([], 0));

    public int Version => Current.Version;

    private Homes Current
    {
        get
        {
            var snapshot = membership.CurrentSnapshot;
            var known = Volatile.Read(ref homes);
            return known.Membership == snapshot.Version ? known : Renew(snapshot);
        }
    }

    public static bool IsSession(GrainId grain) => grain.Type == SessionType;

    /// <returns>Null while no silo is active, as at the first start.</returns>
    public SiloAddress? HomeOf(GrainId session) => guests.Contains(session) ? local.SiloAddress : OwnerOf(session);

    public bool IsElsewhere(string sessionId) => IsElsewhere(GrainOf(sessionId));

    public IDisposable? HostIfElsewhere(string sessionId)
    {
        var session = GrainOf(sessionId);
        return IsElsewhere(session) ? guests.Host(session) : null;
    }

    public bool IsGuest(string sessionId) => guests.HasAny && guests.Contains(GrainOf(sessionId));

    public async Task<bool> WaitForMove(CancellationToken cancellation)
    {
        var before = Version;
        await foreach (var _ in membership.MembershipUpdates.WithCancellation(cancellation))
        {
            if (Version != before) return true;
        }

        return false;
    }

    private static GrainId GrainOf(string sessionId) => GrainId.Create(SessionType, IdSpan.Create(sessionId));

    private bool IsElsewhere(GrainId session) => OwnerOf(session) is { } home && !home.Equals(local.SiloAddress);

    private SiloAddress? OwnerOf(GrainId session) => Current.Ring.OwnerOf(session.GetUniformHashCode());

    private Homes Renew(ClusterMembershipSnapshot snapshot)
    {
        lock (gate)
        {
            if (homes.Membership >= snapshot.Version) return homes;
            SiloAddress[] active =
            [
                .. snapshot.Members.Values
                    .Where(member => member.Status == SiloStatus.Active)
                    .Select(member => member.SiloAddress)
                    .Order(),
            ];
            var next = active.AsSpan().SequenceEqual(homes.Silos)
                ? homes with { Membership = snapshot.Version }
                : new(
                    snapshot.Version, homes.Version + 1, active,
                    new(active, ring.Value.NumVirtualBucketsConsistentRing));
            Volatile.Write(ref homes, next);
            return next;
        }
    }

    private sealed record Homes(MembershipVersion Membership, int Version, SiloAddress[] Silos, SiloRing Ring);
}
