using System.Collections.Immutable;
using Bleepay.Grains.Chains;

namespace Bleepay.Tests.Grains.Chains;

/// <summary>A few earlier places of a cursor show how deep a reorganisation goes.</summary>
public sealed class CursorTrailTests
{
    private const int Blocks = 20_000;

    [Fact]
    public void For_every_depth_there_is_a_place_that_is_not_much_deeper()
    {
        var trail = ImmutableArray<CursorPlace>.Empty;
        for (var number = 0L; number < Blocks; number++)
        {
            trail = CursorTrail.Add(trail, new(number, $"0x{number}", DateTimeOffset.UnixEpoch));

            Assert.InRange(trail.Length, 1, 17);
            for (var depth = 1L; 4 * depth < number; depth *= 2)
                Assert.Contains(trail, place => number - place.Number >= depth && number - place.Number <= 4 * depth);
        }

        Assert.Equal(trail.OrderBy(place => place.Number), trail);
    }

    [Fact]
    public void A_place_is_kept_once_and_none_above_the_last()
    {
        var trail = CursorTrail.Add([], new(7, "0xa", DateTimeOffset.UnixEpoch));
        trail = CursorTrail.Add(trail, new(9, "0xb", DateTimeOffset.UnixEpoch));
        trail = CursorTrail.Add(trail, new(9, "0xc", DateTimeOffset.UnixEpoch));
        trail = CursorTrail.Add(trail, new(8, "0xd", DateTimeOffset.UnixEpoch));

        Assert.Equal(["0xa", "0xd"], trail.Select(place => place.Hash));
    }
}
