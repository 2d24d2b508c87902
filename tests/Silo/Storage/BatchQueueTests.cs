using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using Bleepay.Grains;
using Bleepay.Grains.Telemetry;
using Bleepay.Silo.Storage;
using Microsoft.Data.Sqlite;
using Npgsql;
using SQLitePCL;

namespace Bleepay.Tests.Silo.Storage;

public sealed class BatchQueueTests : IDisposable
{
    private const int Capacity = 12;
    private const int BatchMax = 4;
    private const int Poison = -1;
    private const int RefusedValue = -2;
    private const int HeldRow = -3;
    private const int RefusedBySqlite = -4;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<int> batches = new();
    private readonly SemaphoreSlim entered = new(0);
    private readonly SemaphoreSlim leave = new(0);
    private readonly BatchQueue<int, int> queue;

    public BatchQueueTests() => queue = new BatchQueue<int, int>("test queue", Capacity, BatchMax, Run);

    [Fact]
    public async Task What_arrives_while_the_worker_is_busy_shares_batches_up_to_their_limit()
    {
        var first = await AskAndOccupy(0);
        var others = Enumerable.Range(1, 10).Select(queue.Submit).ToList();

        Release(batches: 4);

        Assert.Equal(0, await first.WaitAsync(Deadline));
        var answers = await Task.WhenAll(others).WaitAsync(Deadline);
        Assert.Equal([10, 20, 30, 40, 50, 60, 70, 80, 90, 100], answers);
        Assert.Equal([1, 4, 4, 2], batches);
    }

    [Fact]
    public async Task One_caller_alone_does_not_wait_for_others()
    {
        Release(batches: 1);

        Assert.Equal(70, await queue.Submit(7).WaitAsync(Deadline));
        Assert.Equal([1], batches);
    }

    [Fact]
    public async Task A_batch_that_fails_fails_only_its_own_callers()
    {
        var before = await AskAndOccupy(1);
        int[] items = [2, Poison, 3, 4, 5];
        var asked = items.Select(queue.Submit).ToList();

        Release(batches: 3);

        Assert.Equal(10, await before.WaitAsync(Deadline));
        foreach (var failed in asked.Take(BatchMax))
        {
            var failure = await Assert.ThrowsAsync<UnavailableException>(() => failed.WaitAsync(Deadline));
            Assert.IsType<InvalidOperationException>(failure.InnerException);
        }

        Assert.Equal(50, await asked[^1].WaitAsync(Deadline));
        Assert.Equal([1, 4, 1], batches);
    }

    [Theory]
    [InlineData(RefusedValue)]
    [InlineData(HeldRow)]
    [InlineData(RefusedBySqlite)]
    public async Task What_the_database_refuses_of_one_item_fails_only_its_own_caller(int refused)
    {
        var before = await AskAndOccupy(1);
        int[] items = [2, refused, 3];
        var asked = items.Select(queue.Submit).ToList();

        Release(batches: 5);

        Assert.Equal(10, await before.WaitAsync(Deadline));
        Assert.Equal(20, await asked[0].WaitAsync(Deadline));
        Assert.Equal(30, await asked[2].WaitAsync(Deadline));
        var failure = await Assert.ThrowsAsync<UnavailableException>(() => asked[1].WaitAsync(Deadline));
        Assert.IsAssignableFrom<DbException>(failure.InnerException);
        Assert.Equal([1, 3, 1, 1, 1], batches);
    }

    [Fact]
    public async Task One_more_than_may_wait_is_refused_at_once_and_a_free_place_is_given_again()
    {
        await AskAndOccupy(0);
        var waiting = Enumerable.Range(1, Capacity).Select(queue.Submit).ToList();

        var refused = await Assert.ThrowsAsync<UnavailableException>(() => queue.Submit(99));
        Release(batches: 4);
        await Task.WhenAll(waiting).WaitAsync(Deadline);
        Release(batches: 1);

        Assert.Equal("The test queue is full.", refused.Message);
        Assert.Equal(990, await queue.Submit(99).WaitAsync(Deadline));
    }

    [Fact]
    public async Task Closing_answers_all_who_wait_and_refuses_the_next()
    {
        var first = await AskAndOccupy(1);
        var others = Enumerable.Range(2, 8).Select(queue.Submit).ToList();

        Release(batches: 3);
        queue.Dispose();

        Assert.True(first.IsCompletedSuccessfully);
        Assert.All(others, other => Assert.True(other.IsCompletedSuccessfully));
        await Assert.ThrowsAsync<UnavailableException>(() => queue.Submit(1));
    }

    [Fact]
    public async Task A_batch_does_not_run_in_the_context_of_its_caller_or_of_the_maker_of_the_queue()
    {
        var context = new AsyncLocal<string?> { Value = "the maker's request" };
        var seen = new ConcurrentQueue<string?>();
        using var aware = new BatchQueue<int, int>("aware queue", Capacity, BatchMax, batch =>
        {
            seen.Enqueue(context.Value);
            return [.. batch];
        });
        context.Value = "the caller's request";

        await aware.Submit(1).WaitAsync(Deadline);

        Assert.Equal([null], seen);
    }

    [Fact]
    public async Task A_batch_is_a_span_of_its_first_traced_caller_linked_to_the_others_and_ends_with_the_batch()
    {
        var shared = new ConcurrentQueue<Activity>();
        using var source = new ActivitySource("a test's requests");
        using var listener = new ActivityListener
        {
            ShouldListenTo = one => one.Name is Traces.SourceName || one == source,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (activity.OperationName == "shared trip") shared.Enqueue(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);
        var during = new ConcurrentQueue<string?>();
        using var traced = new BatchQueue<int, int>("traced queue", Capacity, BatchMax, batch =>
        {
            during.Enqueue(Activity.Current?.OperationName);
            return Run(batch);
        }, "shared trip");

        var first = traced.Submit(0);
        Assert.True(await entered.WaitAsync(Deadline));
        var callers = new List<Activity>();
        var asked = new List<Task<int>>();
        for (var caller = 1; caller <= 3; caller++)
        {
            using var request = source.StartActivity("request", ActivityKind.Server, default(ActivityContext))!;
            callers.Add(request);
            asked.Add(traced.Submit(caller));
        }

        Release(batches: 3);
        await Task.WhenAll([first, .. asked]).WaitAsync(Deadline);
        await traced.Submit(4).WaitAsync(Deadline);

        var trip = Assert.Single(shared);
        Assert.Equal(callers[0].SpanId, trip.ParentSpanId);
        Assert.Equal(callers[0].TraceId, trip.TraceId);
        Assert.Equal(callers.Skip(1).Select(caller => caller.Context), trip.Links.Select(link => link.Context));
        Assert.Equal(3, trip.GetTagItem("bleepay.items"));
        Assert.Equal([null, "shared trip", null], during);
    }

    [Fact]
    public async Task Callers_from_many_threads_each_get_their_own_answer()
    {
        using var busy = new BatchQueue<int, int>(
            "busy queue", 10_000, 100, batch => [.. batch.Select(item => item * 10)]);

        await Parallel.ForEachAsync(
            Enumerable.Range(0, 10_000), async (item, _) => Assert.Equal(item * 10, await busy.Submit(item)));
    }

    public void Dispose()
    {
        Release(batches: Capacity);
        queue.Dispose();
        entered.Dispose();
        leave.Dispose();
    }

    private int[] Run(IReadOnlyList<int> batch)
    {
        batches.Enqueue(batch.Count);
        entered.Release();
        if (!leave.Wait(Deadline)) throw new TimeoutException("The test did not let this batch go.");
        if (batch.Contains(Poison)) throw new InvalidOperationException("poison");
        if (batch.Contains(RefusedValue))
            throw new PostgresException("refused", "ERROR", "ERROR", PostgresErrorCodes.NumericValueOutOfRange);
        if (batch.Contains(HeldRow))
            throw new PostgresException("held", "ERROR", "ERROR", PostgresErrorCodes.LockNotAvailable);
        if (batch.Contains(RefusedBySqlite)) throw new SqliteException("refused", raw.SQLITE_CONSTRAINT);
        return [.. batch.Select(item => item * 10)];
    }

    /// <summary>The worker holds this item, and nothing else, until it is released.</summary>
    private async Task<Task<int>> AskAndOccupy(int item)
    {
        var answer = queue.Submit(item);
        Assert.True(await entered.WaitAsync(Deadline), "The worker did not take the item.");
        return answer;
    }

    private void Release(int batches) => leave.Release(batches);
}
