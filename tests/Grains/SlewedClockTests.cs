using Bleepay.Grains;

namespace Bleepay.Tests.Grains;

public sealed class SlewedClockTests
{
    private static readonly DateTimeOffset Noon = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void It_shows_the_wall_clock_wherever_that_goes_but_back()
    {
        Assert.Equal(Noon + Second, SlewedClock.Next(Noon, Second, Noon + Second));
        Assert.Equal(Noon.AddHours(3), SlewedClock.Next(Noon, Second, Noon.AddHours(3)));
    }

    [Fact]
    public void After_a_step_back_it_runs_on_a_tenth_slower_until_the_wall_clock_has_caught_up()
    {
        var behind = TimeSpan.FromSeconds(50);
        var shown = Noon;
        var seconds = 0;
        for (var wall = Noon - behind; shown > wall; seconds++)
        {
            wall += Second;
            var next = SlewedClock.Next(shown, Second, wall);
            Assert.True(next > shown);
            shown = next;
        }

        Assert.InRange(seconds, 499, 501);
    }

    [Fact]
    public void It_never_goes_back_for_any_of_many_concurrent_readers()
    {
        var system = new Unsteady();
        var clock = new SlewedClock(system);

        Parallel.For(0, 8, _ =>
        {
            var last = clock.GetUtcNow();
            for (var look = 0; look < 20_000; look++)
            {
                var now = clock.GetUtcNow();
                Assert.True(now >= last);
                last = now;
            }
        });
    }

    /// <summary>Its wall clock jumps forward and back by up to a minute.</summary>
    private sealed class Unsteady : TimeProvider
    {
        private int looks;

        public override DateTimeOffset GetUtcNow() =>
            System.GetUtcNow() + TimeSpan.FromSeconds(Interlocked.Increment(ref looks) % 60);
    }
}
