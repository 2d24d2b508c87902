using Bleepay.Silo.Storage.Sessions;

namespace Bleepay.Tests.Silo.Storage;

public sealed class TickPaceTests
{
    private static readonly DateTimeOffset Noon = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1)]
    [InlineData(50_000)]
    [InlineData(1_000_000)]
    public void However_many_end_together_none_comes_before_its_time_or_too_late(int count)
    {
        var starts = TickPace.Spread([.. Enumerable.Repeat(Noon, count)], TickPace.TicksPerSecond);

        Assert.Equal(Noon, starts[0]);
        Assert.InRange(starts[^1], Noon, Noon + TickPace.LatenessMax);
        Assert.Equal(starts.Order(), starts);
        Assert.All(starts, start => Assert.Equal(0, (start - Noon).Ticks % TickPace.Step.Ticks));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(TickPace.TicksPerSecond)]
    [InlineData(4 * TickPace.TicksPerSecond)]
    public void Sessions_that_end_at_an_even_pace_get_their_tick_within_a_step_of_their_end(int perSecond)
    {
        var times = Enumerable.Range(0, 105 * perSecond)
            .Select(number => Noon.AddMilliseconds(number * 1_000L / perSecond))
            .ToList();

        Assert.All(
            times.Zip(TickPace.Spread(times, TickPace.TicksPerSecond)),
            tick => Assert.InRange(tick.Second - tick.First, TimeSpan.Zero, TickPace.Step));
    }

    [Fact]
    public void What_comes_after_many_waits_for_them_and_no_longer()
    {
        var many = Enumerable.Repeat(Noon, TickPace.TicksPerSecond);

        var starts = TickPace.Spread(
            [.. many, Noon.AddMilliseconds(500), Noon.AddSeconds(2)], TickPace.TicksPerSecond);

        Assert.Equal(Noon.AddSeconds(1), starts[^2]);
        Assert.Equal(Noon.AddSeconds(2), starts[^1]);
    }

    [Fact]
    public void What_is_overdue_comes_as_fast_as_the_silo_may()
    {
        var starts = TickPace.SpreadOverdue((2 * TickPace.TicksPerSecond) + 1, Noon, TickPace.TicksPerSecond);

        Assert.Equal((Noon, Noon.AddSeconds(2)), (starts[0], starts[^1]));
        Assert.Empty(TickPace.SpreadOverdue(0, Noon, TickPace.TicksPerSecond));
    }

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(7, 7, 1)]
    [InlineData(0, 1u << 31, 0.5)]
    [InlineData(3u << 30, 1u << 30, 0.5)]
    [InlineData(uint.MaxValue, 0, 1 / 4_294_967_296.0)]
    public void A_range_is_its_share_of_the_ring(uint begin, uint end, double share) =>
        Assert.Equal(share, TickPace.ShareOfRing(begin, end), 1e-12);
}
