namespace Bleepay.Grains.Webhooks;

/// <summary>What follows from an attempt. Pure: chance is passed in.</summary>
public static class DeliveryRules
{
    /// <summary>Each delay of the schedule is longer or shorter by up to this part of it.</summary>
    public const double Jitter = 0.1;

    /// <summary>A receiver may ask for patience, but not for ever.</summary>
    public static readonly TimeSpan RetryAfterMax = TimeSpan.FromHours(24);

    /// <summary>
    /// A silo that dies holds its claims for this time. Longer than an attempt, so that a silo that lives has recorded
    /// it.
    /// </summary>
    public static readonly TimeSpan ClaimTime = TimeSpan.FromSeconds(30);

    /// <summary>The clocks of two nodes differ by less, unless one of them is wrong.</summary>
    public static readonly TimeSpan ClockDifferenceMax = TimeSpan.FromSeconds(10);

    /// <summary>An endpoint that takes nothing is sent half as much after so many failures in a row.</summary>
    public const int FailuresToHalve = 8;

    /// <summary>And no less than this part, so that its return is noticed.</summary>
    public const double ShareMin = 1.0 / 64;

    /// <summary>Where the delivery stands after an attempt, and when the next one is due.</summary>
    /// <param name="step">How many delays of the schedule were used before.</param>
    /// <param name="chance">0–1, drawn at random.</param>
    public static Verdict Judge(
        AttemptOutcome outcome, int step, IReadOnlyList<TimeSpan> schedule, double chance, DateTimeOffset now)
    {
        if (outcome.IsSuccess) return new(DeliveryStatus.Delivered, step, null);
        if (step >= schedule.Count) return new(DeliveryStatus.Failed, step, null);

        var delay = schedule[step] * (1 - Jitter + (2 * Jitter * chance));
        var asked = Bounded(outcome.RetryAfter);
        return new(DeliveryStatus.Retrying, step + 1, now + (asked > delay ? asked : delay));
    }

    /// <summary>
    /// How long the endpoint as a whole is left alone: one that says when to come back says so of all its requests.
    /// </summary>
    public static TimeSpan Patience(AttemptOutcome outcome) =>
        outcome.StatusCode is 429 or 503 ? Bounded(outcome.RetryAfter) : TimeSpan.Zero;

    /// <summary>
    /// Which part of its rate and of its places an endpoint may use. What fails at once is otherwise tried again as
    /// fast as the machine can, and takes the time of those that work. One success gives all of it back.
    /// </summary>
    public static double Share(int failuresInARow) =>
        Math.Max(ShareMin, Math.Pow(0.5, failuresInARow / FailuresToHalve));

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

/// <summary>What a receiver has answered, or why it has not.</summary>
/// <param name="StatusCode">Null when there was no answer.</param>
/// <param name="RetryAfter">The answer's own header, from the time of the answer; null without one.</param>
/// <param name="Failure">In words for the merchant, when there was no answer.</param>
public sealed record AttemptOutcome(int? StatusCode, string? ResponseBody, TimeSpan? RetryAfter, string? Failure)
{
    public bool IsSuccess => StatusCode is >= 200 and <= 299;
}

/// <summary>What follows from an attempt.</summary>
/// <param name="Step">How many delays of the schedule are used now.</param>
/// <param name="DueAt">When to try again; null when there is no more to do.</param>
public readonly record struct Verdict(DeliveryStatus Status, int Step, DateTimeOffset? DueAt);
