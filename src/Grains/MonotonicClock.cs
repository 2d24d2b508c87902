namespace Bleepay.Grains;

/// <summary>
/// The clock for rates, paces and pauses in memory. The wall clock may be set at any time; this one only runs forward.
/// </summary>
internal static class MonotonicClock
{
    /// <summary>
    /// The time on the monotonic clock, from an arbitrary begin and never below zero. Only its differences mean
    /// something, and only within this process: what is stored is wall time.
    /// </summary>
    public static TimeSpan Uptime(this TimeProvider clock) => clock.GetElapsedTime(0);
}
