using Bleepay.Grains.Widgets;

namespace Bleepay.Tests.Grains.Widgets;

public sealed class CreationRateTests
{
    private static readonly TimeSpan Start = TimeSpan.FromHours(1);

    [Fact]
    public void One_second_holds_as_many_as_the_rate_and_not_one_more()
    {
        var rate = new CreationRate(3, Start);

        Assert.Equal([true, true, true, false], Enumerable.Range(0, 4).Select(_ => rate.TryTake(Start)));
    }

    [Fact]
    public void Slots_come_back_evenly()
    {
        var rate = new CreationRate(2, Start);
        rate.TryTake(Start);
        rate.TryTake(Start);

        Assert.False(rate.TryTake(Start + TimeSpan.FromMilliseconds(499)));
        Assert.True(rate.TryTake(Start + TimeSpan.FromMilliseconds(500)));
        Assert.False(rate.TryTake(Start + TimeSpan.FromMilliseconds(501)));
    }

    [Fact]
    public void A_long_pause_saves_up_one_second_only()
    {
        var rate = new CreationRate(2, Start);

        var later = Start + TimeSpan.FromHours(1);

        Assert.Equal([true, true, false], Enumerable.Range(0, 3).Select(_ => rate.TryTake(later)));
    }
}
