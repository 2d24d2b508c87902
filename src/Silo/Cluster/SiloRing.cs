namespace Bleepay.Silo.Cluster;

/// <summary>
/// Orleans' consistent ring of virtual buckets, which its reminder service uses, computed again because Orleans keeps
/// it internal. A session whose home is the owner of its hash is expired by a reminder on the same silo.
/// </summary>
internal sealed class SiloRing
{
    private readonly uint[] hashes;
    private readonly SiloAddress[] owners;

    /// <param name="bucketsPerSilo">As in <see cref="Orleans.Configuration.ConsistentRingOptions"/>.</param>
    public SiloRing(IEnumerable<SiloAddress> silos, int bucketsPerSilo)
    {
        // Where two silos have the same hash, the lesser one has the bucket, as in Orleans.
        var buckets = new SortedDictionary<uint, SiloAddress>();
        foreach (var silo in silos.Order())
        {
            foreach (var hash in silo.GetUniformHashCodes(bucketsPerSilo)) buckets.TryAdd(hash, silo);
        }

        hashes = [.. buckets.Keys];
        owners = [.. buckets.Values];
    }

    /// <returns>The silo of the first bucket at or after the hash; null for a ring without silos.</returns>
    public SiloAddress? OwnerOf(uint hash)
    {
        if (hashes.Length == 0) return null;
        var at = Array.BinarySearch(hashes, hash);
        if (at < 0) at = ~at;
        return owners[at == hashes.Length ? 0 : at];
    }
}
