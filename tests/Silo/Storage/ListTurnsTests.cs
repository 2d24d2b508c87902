using Bleepay.Grains;
using Bleepay.Silo.Storage;

namespace Bleepay.Tests.Silo.Storage;

/// <summary>Which read of a list begins when.</summary>
public sealed class ListTurnsTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private readonly ListTurns turns = new(new(AtOnce: 3, AtOnceOfBusiness: 2, Waiting: 6, WaitingOfBusiness: 4));

    [Fact]
    public async Task Of_one_business_only_so_many_begin_at_once_and_another_begins_beside_them()
    {
        var busy = Ask("biz_busy", 5);

        Assert.Equal(2, busy.Count(one => one.IsCompleted));
        Assert.Null(await turns.Begin("biz_other", default));
        Assert.Equal((3, 3), (turns.Running, turns.Waiting));
    }

    [Fact]
    public async Task Businesses_that_wait_take_turns_however_many_reads_each_has()
    {
        var first = Ask("biz_a", 6);
        Assert.Null(await turns.Begin("biz_b", default));
        var one = turns.Begin("biz_c", default);
        Assert.Equal((3, 5), (turns.Running, turns.Waiting));

        // biz_a has come first and has the next turn; its second read waits until biz_c had one.
        turns.End("biz_a");
        Assert.Null(await first[2].WaitAsync(Soon));
        Assert.False(one.IsCompleted);
        turns.End("biz_b");
        Assert.Null(await one.WaitAsync(Soon));
        Assert.False(first[3].IsCompleted);
        turns.End("biz_a");
        Assert.Null(await first[3].WaitAsync(Soon));
    }

    [Fact]
    public async Task A_turn_that_a_busy_business_may_not_take_goes_to_the_next()
    {
        var busy = Ask("biz_a", 3);
        var third = turns.Begin("biz_b", default);
        var waiting = turns.Begin("biz_c", default);
        Assert.True(third.IsCompleted);

        turns.End("biz_b");

        Assert.Null(await waiting.WaitAsync(Soon));
        Assert.False(busy[2].IsCompleted);
    }

    [Fact]
    public async Task A_business_with_too_many_is_refused_and_is_told_when_to_ask_again()
    {
        var most = Ask("biz_busy", 2 + 4);
        Assert.Equal(2, most.Count(one => one.IsCompleted));

        var refusal = (await turns.Begin("biz_busy", default))!;

        Assert.Equal((RefusalCode.RateLimit, 1), (refusal.Code, refusal.RetryAfterSeconds));
        Assert.Equal(("lists", 6L), (refusal.Quota!.Policy, refusal.Quota.Limit));
        turns.End("biz_busy");
        Assert.False(turns.Begin("biz_busy", default).IsCompleted);
    }

    [Fact]
    public async Task When_too_many_wait_altogether_one_more_is_turned_away()
    {
        Ask("biz_a", 6);
        Ask("biz_b", 3);

        await Assert.ThrowsAsync<UnavailableException>(() => turns.Begin("biz_c", default));
    }

    [Fact]
    public async Task One_that_leaves_frees_its_place_in_the_line_and_takes_no_turn()
    {
        using var leaving = new CancellationTokenSource();
        Ask("biz_a", 2);
        var left = turns.Begin("biz_a", leaving.Token);
        var next = turns.Begin("biz_a", default);

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        Assert.Equal((2, 1), (turns.Running, turns.Waiting));
        turns.End("biz_a");
        Assert.Null(await next.WaitAsync(Soon));
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

    private IReadOnlyList<Task<Refusal?>> Ask(string business, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => turns.Begin(business, default))];
}
