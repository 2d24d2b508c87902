namespace Bleepay.Silo.Storage;

/// <summary>
/// A clock in whole milliseconds, for the reminder service. Where a timer fires early, that service waits for the rest;
/// a rest below a millisecond rounds to zero, so with a finer clock it would spin until the millisecond is over.
/// </summary>
internal sealed class MillisecondClock(TimeProvider clock) : TimeProvider
{
    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        var now = clock.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMillisecond));
    }
}
