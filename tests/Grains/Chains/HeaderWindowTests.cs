using Bleepay.Grains.Chains;

namespace Bleepay.Tests.Grains.Chains;

public sealed class HeaderWindowTests
{
    [Fact]
    public void A_block_is_added_only_to_the_head_that_is_its_parent()
    {
        var window = Window("a1", "a2");

        Assert.Equal((102, "a2"), window.Head);
        Assert.True(window.IsNext(Block(103, "a3", "a2")));
        Assert.False(window.IsNext(Block(103, "b3", "b2")));
        Assert.False(window.IsNext(Block(104, "a4", "a2")));
        Assert.Throws<ArgumentException>(() => window.Add(Block(103, "b3", "b2"), ""));
    }

    [Theory]
    [InlineData(103, "a2", true)]
    [InlineData(102, "a1", true)]
    [InlineData(101, "s", true)]
    [InlineData(102, "b1", false)]
    [InlineData(101, "other", false)]
    [InlineData(100, "below", false)]
    [InlineData(104, "a2", false)]
    public void A_branch_joins_the_window_at_a_block_that_both_have(long number, string parent, bool joins) =>
        Assert.Equal(joins, Window("a1", "a2").Joins(Block(number, "new", parent)));

    [Fact]
    public void A_rewind_takes_back_the_blocks_above_the_common_ancestor_the_highest_first()
    {
        var window = Window("a1", "a2", "a3");

        var removed = window.Rewind(101);

        Assert.Equal(["of a3", "of a2"], removed.Select(entry => entry.Kept));
        Assert.Equal((101, "a1"), window.Head);
        Assert.Empty(window.Rewind(101));
        Assert.Equal("of a1", Assert.Single(window.Rewind(100)).Kept);
        Assert.Equal((100, "s"), window.Head);
        Assert.Throws<ArgumentOutOfRangeException>(() => window.Rewind(99));
    }

    [Fact]
    public void What_is_settled_leaves_the_window_and_stays_its_floor()
    {
        var window = Window("a1", "a2", "a3");

        window.Settle(102);

        Assert.Equal((102, "a2"), window.Settled);
        Assert.Equal("of a3", Assert.Single(window.Entries).Kept);
        Assert.Equal((null, "a2", "a3", null), (
            window.HashAt(101), window.HashAt(102), window.HashAt(103), window.HashAt(104)));
        Assert.Throws<ArgumentOutOfRangeException>(() => window.Settle(101));
        Assert.Throws<ArgumentOutOfRangeException>(() => window.Settle(104));
        window.Settle(103);
        Assert.Equal((103, "a3"), window.Head);
    }

    [Theory]
    [InlineData(1, 12, 1)]
    [InlineData(11, 12, 11)]
    [InlineData(12, 12, 11)]
    [InlineData(5_000_000_000, 12, 11)]
    [InlineData(1, 1, 0)]
    public void Before_the_second_reading_one_confirmation_is_held_back(long depth, int required, int shown) =>
        Assert.Equal(shown, ConfirmationSteps.Shown(depth, required));

    [Theory]
    [InlineData(12, 4, "1 3 6 9")]
    [InlineData(12, 12, "1 2 3 4 5 6 7 8 9 10 11")]
    [InlineData(12, 1, "1")]
    [InlineData(4, 4, "1 2 3")]
    [InlineData(1, 4, "0")]
    [InlineData(10_000, 4, "1 2500 5000 7500")]
    public void A_payment_is_reported_at_first_sight_and_then_at_each_step(int required, int steps, string reports)
    {
        var (reported, all) = (-1, new List<int>());
        for (var depth = 1; depth <= required; depth++)
        {
            var shown = ConfirmationSteps.Shown(depth, required);
            if (!ConfirmationSteps.IsDue(reported, shown, required, steps)) continue;
            all.Add(shown);
            reported = shown;
        }

        Assert.Equal(reports, string.Join(' ', all));
    }

    /// <summary>Above the settled block 100, whose hash is s.</summary>
    private static HeaderWindow<string> Window(params string[] hashes)
    {
        var window = new HeaderWindow<string>(100, "s");
        foreach (var hash in hashes)
            window.Add(Block(window.Head.Number + 1, hash, window.Head.Hash), $"of {hash}");
        return window;
    }

    private static ChainBlock Block(long number, string hash, string parent) =>
        new(number, hash, parent, DateTimeOffset.UnixEpoch, []);
}
