using Bleepay.Gateway.Health;

namespace Bleepay.Tests.Gateway.Health;

public sealed class ClockRulesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    [Fact]
    public void A_clock_is_set_back_when_it_is_more_than_a_minute_behind_what_it_has_shown()
    {
        Assert.False(ClockRules.IsSetBack(Noon, Noon));
        Assert.False(ClockRules.IsSetBack(Noon, Noon + TimeSpan.FromHours(1)));
        Assert.False(ClockRules.IsSetBack(Noon, Noon - ClockRules.StepMax));
        Assert.True(ClockRules.IsSetBack(Noon, Noon - ClockRules.StepMax - Tick));
    }

    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(1901, 1, 1900)]
    [InlineData(-99, 1, -100)]
    [InlineData(0, 0, 0)]
    public void A_step_is_what_the_wall_clock_moved_beyond_the_monotonic_one(int wall, int uptime, int step) =>
        Assert.Equal(TimeSpan.FromSeconds(step), ClockRules.Step(
            new(Noon, TimeSpan.FromDays(3)),
            new(Noon.AddSeconds(wall), TimeSpan.FromDays(3) + TimeSpan.FromSeconds(uptime))));
}
