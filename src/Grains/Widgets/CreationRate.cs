namespace Bleepay.Grains.Widgets;

/// <summary>
/// How many sessions a widget may open a second: a bucket that holds one second's worth and fills evenly, so
/// that no second ever sees more than twice the rate and a steady stream sees exactly it.
/// </summary>
internal sealed class CreationRate(int perSecond, DateTimeOffset now)
{
    private double available = perSecond;
    private DateTimeOffset filledAt = now;

    /// <summary>Takes one place, or answers false when there is none at this time.</summary>
    public bool TryTake(DateTimeOffset now)
    {
        var elapsed = now - filledAt;
        if (elapsed > TimeSpan.Zero)
        {
            available = Math.Min(perSecond, available + (elapsed.TotalSeconds * perSecond));
            filledAt = now;
        }

        if (available < 1) return false;
        available--;
        return true;
    }
}
