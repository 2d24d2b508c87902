namespace Bleepay.Grains;

/// <summary>
/// The wall clock of this process, as grains see it: it never goes back. After the system's clock was set back it runs
/// on, a tenth slower, until the system's clock has caught up, as adjtime(3) does it.
/// </summary>
/// <remarks>
/// A change of a session is never before the one that came first, and a webhook that was due stays due. What this
/// clock can be ahead is bounded: a process whose clock was set back by more than a minute ends.
/// </remarks>
public sealed class SlewedClock(TimeProvider system) : TimeProvider
{
    /// <summary>The pace of this clock while it is ahead, of the real one.</summary>
    public const double SlowPace = 0.9;

    private readonly Lock gate = new();
    private DateTimeOffset last = system.GetUtcNow();
    private TimeSpan lastUptime = system.Uptime();

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
        {
            var uptime = system.Uptime();
            last = Next(last, uptime - lastUptime, system.GetUtcNow());
            lastUptime = uptime;
            return last;
        }
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => system.GetTimestamp();

    /// <inheritdoc/>
    public override long TimestampFrequency => system.TimestampFrequency;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        system.CreateTimer(callback, state, dueTime, period);

    /// <summary>The time to show after the last one that was shown.</summary>
    /// <param name="elapsed">Since then, on the monotonic clock.</param>
    /// <param name="wall">What the system's clock shows now.</param>
    public static DateTimeOffset Next(DateTimeOffset last, TimeSpan elapsed, DateTimeOffset wall)
    {
        var slowed = last + (elapsed * SlowPace);
        return wall > slowed ? wall : slowed;
    }
}
