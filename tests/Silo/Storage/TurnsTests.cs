using Bleepay.Grains;
using Bleepay.Silo.Storage;

namespace Bleepay.Tests.Silo.Storage;

/// <summary>Which read of a list begins when.</summary>
public sealed class TurnsTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private readonly Turns turns = new("test", new(AtOnce: 3, AtOnceOfOwner: 2, Waiting: 6, WaitingOfOwner: 4));

    [Fact]
    public async Task One_business_begins_two_at_once_and_another_business_begins_beside_it()
    {
        var busy = Ask("biz_busy", 5);

        Assert.Equal(2, busy.Count(one => one.IsCompleted));
        Assert.True(await turns.TryBegin("biz_other", default));
        Assert.Equal((3, 3), (turns.Running, turns.Waiting));
    }

    [Fact]
    public async Task Businesses_that_wait_take_turns_however_many_reads_each_has()
    {
        var first = Ask("biz_a", 6);
        Assert.True(await turns.TryBegin("biz_b", default));
        var one = turns.TryBegin("biz_c", default);
        Assert.Equal((3, 5), (turns.Running, turns.Waiting));

        // biz_a has come first and has the next turn; its second read waits until biz_c had one.
        turns.End("biz_a");
        Assert.True(await first[2].WaitAsync(Soon));
        Assert.False(one.IsCompleted);
        turns.End("biz_b");
        Assert.True(await one.WaitAsync(Soon));
        Assert.False(first[3].IsCompleted);
        turns.End("biz_a");
        Assert.True(await first[3].WaitAsync(Soon));
    }

    [Fact]
    public async Task A_turn_that_a_busy_business_may_not_take_goes_to_the_next()
    {
        var busy = Ask("biz_a", 3);
        var third = turns.TryBegin("biz_b", default);
        var waiting = turns.TryBegin("biz_c", default);
        Assert.True(third.IsCompleted);

        turns.End("biz_b");

        Assert.True(await waiting.WaitAsync(Soon));
        Assert.False(busy[2].IsCompleted);
    }

    [Fact]
    public async Task An_owner_with_too_many_waiting_tasks_gets_no_turn_until_one_has_ended()
    {
        var most = Ask("biz_busy", 2 + 4);
        Assert.Equal(2, most.Count(one => one.IsCompleted));

        Assert.False(await turns.TryBegin("biz_busy", default));

        turns.End("biz_busy");
        Assert.False(turns.TryBegin("biz_busy", default).IsCompleted);
    }

    [Fact]
    public async Task Work_that_fails_gives_its_turn_back_and_its_caller_the_cause()
    {
        var failure = await Assert.ThrowsAsync<UnavailableException>(
            () => turns.Run<int>("biz_a", () => throw new InvalidOperationException("broken")));

        Assert.Equal("broken", failure.InnerException!.Message);
        Assert.Equal(5, await turns.Run("biz_a", () => 5));
        Assert.Equal((0, 0), (turns.Running, turns.Waiting));
    }

    [Fact]
    public async Task When_too_many_wait_altogether_one_more_is_turned_away()
    {
        Ask("biz_a", 6);
        Ask("biz_b", 3);

        await Assert.ThrowsAsync<UnavailableException>(() => turns.TryBegin("biz_c", default));
    }

    [Fact]
    public async Task One_that_leaves_frees_its_place_in_the_line_and_takes_no_turn()
    {
        using var leaving = new CancellationTokenSource();
        Ask("biz_a", 2);
        var left = turns.TryBegin("biz_a", leaving.Token);
        var next = turns.TryBegin("biz_a", default);

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        Assert.Equal((2, 1), (turns.Running, turns.Waiting));
        turns.End("biz_a");
        Assert.True(await next.WaitAsync(Soon));
        Assert.Equal((2, 0), (turns.Running, turns.Waiting));
    }

    [Fact]
    public async Task Nothing_is_kept_of_a_business_whose_reads_have_ended()
    {
        for (var round = 0; round < 3; round++)
        {
            var busy = Ask("biz_a", 4);
            for (var ended = 0; ended < busy.Count; ended++) turns.End("biz_a");
            await Task.WhenAll(busy);
        }

        Assert.Equal((0, 0), (turns.Running, turns.Waiting));
        Assert.Throws<KeyNotFoundException>(() => turns.End("biz_a"));
    }

    private IReadOnlyList<Task<bool>> Ask(string business, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => turns.TryBegin(business, default))];
}
