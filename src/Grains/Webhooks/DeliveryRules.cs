namespace Bleepay.Grains.Webhooks;

/// <summary>What follows from an attempt. Pure: chance is passed in.</summary>
public static class DeliveryRules
{
    /// <summary>Each delay of the schedule is longer or shorter by up to this part of it.</summary>
    public const double Jitter = 0.1;

    /// <summary>The longest Retry-After of a receiver that is obeyed.</summary>
    public static readonly TimeSpan RetryAfterMax = TimeSpan.FromHours(24);

    /// <summary>
    /// A silo that dies holds its claims for this time. Longer than an attempt, so that a silo that lives has recorded
    /// it.
    /// </summary>
    public static readonly TimeSpan ClaimTime = TimeSpan.FromSeconds(30);

    /// <summary>The clocks of two nodes differ by less, unless one of them is wrong.</summary>
    public static readonly TimeSpan ClockDifferenceMax = TimeSpan.FromSeconds(10);

    /// <summary>After this number of failures in a row an endpoint is sent half as much.</summary>
    public const int FailuresToHalve = 8;

    /// <summary>The least part of its rate, so that its return is noticed.</summary>
    public const double RateShareMin = 1.0 / 64;

    /// <summary>The status of the delivery after an attempt, and when the next one is due.</summary>
    /// <param name="step">How many delays of the schedule were used before.</param>
    /// <param name="chance">0–1, drawn at random.</param>
    public static AttemptResult ResultOf(
        AttemptOutcome outcome, int step, IReadOnlyList<TimeSpan> schedule, double chance, DateTimeOffset now)
    {
        if (outcome.IsSuccess) return new(DeliveryStatus.Delivered, step, null);
        if (step >= schedule.Count) return new(DeliveryStatus.Failed, step, null);

        var delay = schedule[step] * (1 - Jitter + (2 * Jitter * chance));
        var asked = Bounded(outcome.RetryAfter);
        return new(DeliveryStatus.Retrying, step + 1, now + (asked > delay ? asked : delay));
    }

    /// <summary>
    /// How long nothing is sent to the endpoint. A Retry-After with 429 or 503 holds for all of its requests.
    /// </summary>
    public static TimeSpan QuietTime(AttemptOutcome outcome) =>
        outcome.StatusCode is 429 or 503 ? Bounded(outcome.RetryAfter) : TimeSpan.Zero;

    /// <summary>
    /// The part of its rate and of its slots that an endpoint may use. Deliveries that fail at once would otherwise
    /// be retried as fast as the machine can, at the cost of working endpoints. One success restores all of it.
    /// </summary>
    public static double RateShare(int failuresInARow) =>
        Math.Max(RateShareMin, Math.Pow(0.5, failuresInARow / FailuresToHalve));

    /// <summary>The longest time between two attempts of a delivery under this schedule.</summary>
    public static TimeSpan LongestDelay(IReadOnlyList<TimeSpan> schedule)
    {
        var scheduled = schedule.Max() * (1 + Jitter);
        return scheduled > RetryAfterMax ? scheduled : RetryAfterMax;
    }

    private static TimeSpan Bounded(TimeSpan? asked) => asked switch
    {
        null => TimeSpan.Zero,
        { } some when some > RetryAfterMax => RetryAfterMax,
        { } some => some,
    };
}

/// <summary>What follows from an attempt.</summary>
/// <param name="Step">How many delays of the schedule are used now.</param>
/// <param name="DueAt">When to try again; null when no attempt is left.</param>
public readonly record struct AttemptResult(DeliveryStatus Status, int Step, DateTimeOffset? DueAt);
