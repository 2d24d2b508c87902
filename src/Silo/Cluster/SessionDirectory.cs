using System.Diagnostics.CodeAnalysis;
using Orleans.GrainDirectory;
using Orleans.Runtime.GrainDirectory;

namespace Bleepay.Silo.Cluster;

/// <summary>
/// The grain directory of sessions. It holds nothing: a session's only address is its home, and the address is computed
/// at each look-up. A session that is activated elsewhere, because its silo knew another cluster, is sent home.
/// </summary>
/// <remarks>
/// Orleans asks the cache before the directory and without an await, so the cache computes the address too. It is the
/// cache of all grains with a separate directory, which only sessions have.
/// </remarks>
internal sealed class SessionDirectory(SessionHomes homes) : IGrainDirectory, IGrainDirectoryCache
{
    public IEnumerable<(GrainAddress ActivationAddress, int Version)> KeyValues => [];

    /// <summary>Accepts an activation at home, and answers any other with the home.</summary>
    public Task<GrainAddress?> Register(GrainAddress address)
    {
        var home = homes.HomeOf(address.GrainId);
        return Task.FromResult<GrainAddress?>(
            home is null || home.Equals(address.SiloAddress) ? address : At(address.GrainId, home));
    }

    /// <inheritdoc cref="Register(GrainAddress)"/>
    public Task<GrainAddress?> Register(GrainAddress address, GrainAddress? previousAddress) => Register(address);

    public Task Unregister(GrainAddress address) => Task.CompletedTask;

    public Task<GrainAddress?> Lookup(GrainId grainId) =>
        Task.FromResult(LookUp(grainId, out var address, out _) ? address : null);

    public Task UnregisterSilos(List<SiloAddress> siloAddresses) => Task.CompletedTask;

    public bool LookUp(GrainId key, [NotNullWhen(true)] out GrainAddress? result, out int version)
    {
        version = 0;
        result = homes.HomeOf(key) is { } home ? At(key, home) : null;
        return result is not null;
    }

    public void AddOrUpdate(GrainAddress value, int version)
    {
    }

    public bool Remove(GrainId key) => false;

    public bool Remove(GrainAddress key) => false;

    public void Clear()
    {
    }

    private static GrainAddress At(GrainId session, SiloAddress home) => new()
    {
        GrainId = session,
        SiloAddress = home,
        MembershipVersion = MembershipVersion.MinValue,
    };
}
