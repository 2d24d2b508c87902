using System.Net;
using Bleepay.Silo.Cluster;

namespace Bleepay.Tests.Silo.Cluster;

/// <summary>Which silo has which part of the ring.</summary>
public sealed class SiloRingTests
{
    private const int Buckets = 30;
    private const int Hashes = 30_000;

    private static readonly SiloAddress[] Silos =
        [.. Enumerable.Range(1, 4).Select(number => SiloAddress.New(new IPEndPoint(0x0100007F, 11_110 + number), 7))];

    [Fact]
    public void A_ring_without_silos_has_no_owner()
    {
        Assert.Null(new SiloRing([], Buckets).OwnerOf(1));
    }

    [Fact]
    public void A_bucket_belongs_to_its_silo_up_to_and_including_its_hash()
    {
        var ring = new SiloRing(Silos, Buckets);
        var buckets = Silos
            .SelectMany(silo => silo.GetUniformHashCodes(Buckets), (silo, hash) => (silo, hash))
            .OrderBy(bucket => bucket.hash)
            .ToList();

        foreach (var (bucket, next) in buckets.Zip(buckets.Skip(1)))
        {
            Assert.Equal(bucket.silo, ring.OwnerOf(bucket.hash));
            if (bucket.hash + 1 <= next.hash) Assert.Equal(next.silo, ring.OwnerOf(bucket.hash + 1));
        }

        Assert.Equal(buckets[0].silo, ring.OwnerOf(0));
        Assert.Equal(buckets[0].silo, ring.OwnerOf(uint.MaxValue));
    }

    [Fact]
    public void Every_silo_orders_the_ring_alike()
    {
        var one = new SiloRing(Silos, Buckets);
        var other = new SiloRing(Silos.Reverse(), Buckets);

        foreach (var hash in Sample()) Assert.Equal(one.OwnerOf(hash), other.OwnerOf(hash));
    }

    [Fact]
    public void A_silo_that_joins_takes_its_share_and_moves_nothing_between_the_others()
    {
        var before = new SiloRing(Silos[..3], Buckets);
        var after = new SiloRing(Silos, Buckets);

        var moved = Sample().Where(hash => !before.OwnerOf(hash)!.Equals(after.OwnerOf(hash))).ToList();

        Assert.All(moved, hash => Assert.Equal(Silos[3], after.OwnerOf(hash)));
        Assert.InRange(moved.Count, Hashes / 8, Hashes / 2);
    }

    private static List<uint> Sample()
    {
        var random = new Random(17);
        return [.. Enumerable.Range(0, Hashes).Select(_ => (uint)random.NextInt64(1L << 32))];
    }
}
