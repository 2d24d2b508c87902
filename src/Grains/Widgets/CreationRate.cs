namespace Bleepay.Grains.Widgets;

/// <summary>
/// How many sessions a widget may open a second: a bucket that holds one second's worth and fills evenly, so
/// that no second ever sees more than twice the rate and a steady stream sees exactly it.
/// </summary>
/// <param name="now">On the monotonic clock, here and in <see cref="TryTake"/>.</param>
internal sealed class CreationRate(int perSecond, TimeSpan now)
{
    private double available = perSecond;
    private TimeSpan filledAt = now;

    /// <summary>Takes one slot, or returns false when there is none at this time.</summary>
    public bool TryTake(TimeSpan now)
    {
        available = Math.Min(perSecond, available + ((now - filledAt).TotalSeconds * perSecond));
        filledAt = now;
        if (available < 1) return false;
        available--;
        return true;
    }
}
