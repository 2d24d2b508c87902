namespace Bleepay.Grains.Webhooks;

/// <summary>
/// The rate of requests to an endpoint: steady, with a burst of a tenth of a second. A receiver that returns to a long
/// queue is not overrun.
/// </summary>
/// <param name="now">On the monotonic clock, here and in <see cref="Allowed"/>.</param>
internal sealed class DeliveryPace(int perSecond, TimeSpan now)
{
    private readonly double saved = Math.Max(1, perSecond / 10.0);
    private double allowed = Math.Max(1, perSecond / 10.0);
    private TimeSpan countedAt = now;

    /// <summary>When nothing is allowed now, something is after this time.</summary>
    public TimeSpan Step { get; } = TimeSpan.FromSeconds(Math.Max(1.0 / perSecond, 0.01));

    /// <summary>How many attempts may begin now.</summary>
    /// <param name="share">The part of the rate that is allowed, above 0 and up to 1.</param>
    public int Allowed(TimeSpan now, double share = 1)
    {
        var passed = now - countedAt;
        if (passed > TimeSpan.Zero)
        {
            allowed = Math.Min(Math.Max(1, saved * share), allowed + (passed.TotalSeconds * perSecond * share));
            countedAt = now;
        }

        return Math.Max(0, (int)allowed);
    }

    public void Spend() => allowed--;
}
