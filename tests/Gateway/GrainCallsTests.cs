using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Bleepay.Gateway;
using Microsoft.Extensions.Time.Testing;

namespace Bleepay.Tests.Gateway;

/// <summary>How a request repeats a call that a silo rejects because it shuts down.</summary>
public sealed class GrainCallsTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly PausedClock clock = new();
    private int attempts;

    [Fact]
    public async Task A_rejected_call_is_made_again_after_each_pause_until_it_is_answered()
    {
        var call = Calls.RetryWhileRejected(_ => RejectUntil(attempt: 3), CancellationToken.None);
        await clock.PassPause();
        await clock.PassPause();

        Assert.Equal("answer", await call.WaitAsync(Deadline));
        Assert.Equal(3, attempts);
    }

    [Fact]
    public async Task A_call_that_is_always_rejected_fails_after_3_8_seconds()
    {
        var call = Calls.RetryWhileRejected(_ => RejectUntil(attempt: int.MaxValue), CancellationToken.None);
        var passed = TimeSpan.Zero;
        for (var pause = 1; pause <= 6; pause++) passed += await clock.PassPause();

        await Assert.ThrowsAsync<OrleansMessageRejectionException>(() => call.WaitAsync(Deadline));
        Assert.Equal(TimeSpan.FromSeconds(3.8), passed);
        Assert.Equal(7, attempts);
    }

    /// <summary>The clock stands still, so only the cancellation can end the call.</summary>
    [Fact]
    public async Task No_call_is_made_again_after_the_client_has_left()
    {
        using var client = new CancellationTokenSource();
        var call = Calls.RetryWhileRejected(_ => RejectUntil(attempt: 2), client.Token);
        await clock.NextPause();

        await client.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(Deadline));
        Assert.Equal(1, attempts);
    }

    [Fact]
    public async Task A_failure_of_another_kind_is_not_repeated()
    {
        await Assert.ThrowsAsync<TimeoutException>(() => Calls.RetryWhileRejected<string>(
            _ =>
            {
                attempts++;
                throw new TimeoutException();
            },
            CancellationToken.None));

        Assert.Equal(1, attempts);
    }

    /// <summary>No call of these tests reaches a grain.</summary>
    private GrainCalls Calls => new(null!, clock);

    private Task<string> RejectUntil(int attempt) => ++attempts < attempt
        ? Task.FromException<string>(Rejection())
        : Task.FromResult("answer");

    /// <summary>Only Orleans itself can construct one.</summary>
    private static OrleansMessageRejectionException Rejection() => (OrleansMessageRejectionException)
        RuntimeHelpers.GetUninitializedObject(typeof(OrleansMessageRejectionException));

    /// <summary>A clock that stands still until a test lets a pause pass.</summary>
    private sealed class PausedClock : FakeTimeProvider
    {
        private readonly Channel<TimeSpan> pauses = Channel.CreateUnbounded<TimeSpan>();

        public override ITimer CreateTimer(
            TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            Assert.True(pauses.Writer.TryWrite(dueTime));
            return timer;
        }

        public async Task<TimeSpan> NextPause() => await pauses.Reader.ReadAsync().AsTask().WaitAsync(Deadline);

        public async Task<TimeSpan> PassPause()
        {
            var pause = await NextPause();
            Advance(pause);
            return pause;
        }
    }
}
