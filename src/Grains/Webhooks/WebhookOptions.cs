using System.Globalization;
using Microsoft.Extensions.Options;

namespace Bleepay.Grains.Webhooks;

/// <summary>Settings of webhooks, section <c>Webhooks</c>.</summary>
public sealed class WebhookOptions
{
    public const string Section = "Webhooks";
    public const int RetriesMax = 30;
    public const int DeliveriesAtOnceMax = 1_000;
    public const int DeliveriesPerSecondMax = 100_000;

    public static readonly TimeSpan RetryDelayMax = TimeSpan.FromDays(7);
    public static readonly TimeSpan DeliveryRetentionMin = TimeSpan.FromHours(1);
    public static readonly TimeSpan PauseAfterMin = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long to wait before each retry, <c>hh:mm:ss</c> separated by commas; after the last one a delivery has
    /// failed. The default value is 30 s three times, 5, 15 and 30 minutes, 1, 2, 4, 8 and 8 hours.
    /// </summary>
    public string RetrySchedule { get; set; } =
        "00:00:30,00:00:30,00:00:30,00:05:00,00:15:00,00:30:00,01:00:00,02:00:00,04:00:00,08:00:00,08:00:00";

    /// <summary>
    /// Allows endpoints with http and in private networks. For development only. The default value is false.
    /// </summary>
    public bool AllowPrivateNetworks { get; set; }

    /// <summary>How long a delivered event stays listed. The default value is 30 days.</summary>
    public TimeSpan DeliveryRetention { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Time without a success after which an endpoint is paused. The default value is 1 hour.</summary>
    public TimeSpan PauseAfter { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The interval of attempts at a paused endpoint. The default value is 1 minute.</summary>
    public TimeSpan ProbePeriod { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Most sessions whose events one endpoint receives at once. The default value is 64.</summary>
    public int DeliveriesAtOnce { get; set; } = 64;

    /// <summary>How many attempts a second one endpoint gets at most. The default value is 500.</summary>
    public int DeliveriesPerSecond { get; set; } = 500;

    /// <summary>The delays of <see cref="RetrySchedule"/>; empty when it can't be read.</summary>
    public IReadOnlyList<TimeSpan> RetryDelays()
    {
        var delays = new List<TimeSpan>();
        foreach (var text in RetrySchedule.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!TimeSpan.TryParseExact(text, @"hh\:mm\:ss", CultureInfo.InvariantCulture, out var delay)
                && !TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out delay))
                return [];
            delays.Add(delay);
        }

        return delays;
    }
}

/// <summary>Refuses a start with settings by which nothing could be delivered.</summary>
public sealed class WebhookOptionsValidator : IValidateOptions<WebhookOptions>
{
    public ValidateOptionsResult Validate(string? name, WebhookOptions options)
    {
        var failures = new List<string>();
        var delays = options.RetryDelays();
        if (delays.Count is 0 or > WebhookOptions.RetriesMax
            || delays.Any(delay => delay <= TimeSpan.Zero || delay > WebhookOptions.RetryDelayMax))
            failures.Add(
                $"Webhooks__RetrySchedule is {options.RetrySchedule}; set it to 1–{WebhookOptions.RetriesMax} delays " +
                $"above zero as hh:mm:ss, separated by commas, none above {WebhookOptions.RetryDelayMax}.");
        if (options.DeliveryRetention < WebhookOptions.DeliveryRetentionMin)
            failures.Add(
                $"Webhooks__DeliveryRetention is {options.DeliveryRetention}; set it to at least " +
                $"{WebhookOptions.DeliveryRetentionMin}.");
        if (options.PauseAfter < WebhookOptions.PauseAfterMin)
            failures.Add($"Webhooks__PauseAfter must be at least {WebhookOptions.PauseAfterMin}.");
        if (options.ProbePeriod <= TimeSpan.Zero)
            failures.Add("Webhooks__ProbePeriod must be above zero.");
        if (options.DeliveriesAtOnce is < 1 or > WebhookOptions.DeliveriesAtOnceMax)
            failures.Add($"Webhooks__DeliveriesAtOnce must be 1–{WebhookOptions.DeliveriesAtOnceMax}.");
        if (options.DeliveriesPerSecond is < 1 or > WebhookOptions.DeliveriesPerSecondMax)
            failures.Add($"Webhooks__DeliveriesPerSecond must be 1–{WebhookOptions.DeliveriesPerSecondMax}.");
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
