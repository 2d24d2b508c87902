namespace Bleepay.Gateway.Health;

/// <summary>When a change of the wall clock is more than a correction. Pure.</summary>
internal static class ClockRules
{
    /// <summary>
    /// What a process bears. Its own clock is slewed over a step back of up to this, and nothing that it has stored is
    /// dated further ahead.
    /// </summary>
    public static readonly TimeSpan StepMax = TimeSpan.FromMinutes(1);

    /// <summary>
    /// True when times that were given out already lie too far ahead. Compared with the highest time and not with the
    /// last one, so that several small steps count together, and slewing never counts.
    /// </summary>
    /// <param name="highest">The highest time that the wall clock has shown to this process.</param>
    public static bool IsSetBack(DateTimeOffset highest, DateTimeOffset now) => highest - now > StepMax;

    /// <summary>How far the wall clock was set between two looks; below zero for a step back.</summary>
    public static TimeSpan Step(ClockReading before, ClockReading now) =>
        now.Wall - before.Wall - (now.Uptime - before.Uptime);
}

/// <summary>Both clocks of a process at one moment.</summary>
/// <param name="Wall">May be set at any time.</param>
/// <param name="Uptime">On the monotonic clock, from an arbitrary begin.</param>
internal readonly record struct ClockReading(DateTimeOffset Wall, TimeSpan Uptime);
