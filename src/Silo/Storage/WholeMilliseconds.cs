namespace Bleepay.Silo.Storage;

/// <summary>
/// A clock without parts of a millisecond, for the reminder service: that waits again for what a timer came
/// early, and a timer of less than a millisecond comes at once, so that it would spin to the end of the millisecond for
/// each reminder.
/// </summary>
internal sealed class WholeMilliseconds(TimeProvider clock) : TimeProvider
{
    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        var now = clock.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMillisecond));
    }
}
