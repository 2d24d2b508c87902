using Bleepay.Grains.Webhooks;
using Microsoft.Extensions.Options;

namespace Bleepay.Silo.Retention;

/// <summary>How long sessions and their customers' data are stored. Nothing is deleted by default.</summary>
public sealed class RetentionOptions
{
    public const string Section = "Retention";

    /// <summary>The lower bound of <see cref="Sessions"/>.</summary>
    public static readonly TimeSpan SessionsMin = TimeSpan.FromDays(30);

    /// <summary>
    /// The lower bound of <see cref="ExpiredSessions"/>. For a day after its end a session may still be paid late.
    /// </summary>
    public static readonly TimeSpan ExpiredSessionsMin = TimeSpan.FromDays(2);

    /// <summary>The lower bound of <see cref="PersonalData"/>.</summary>
    public static readonly TimeSpan PersonalDataMin = TimeSpan.FromDays(1);

    /// <summary>The upper bound of <see cref="RowsPerBatch"/>.</summary>
    public const int RowsPerBatchMax = 10_000;

    /// <summary>The lower bound of <see cref="Interval"/>.</summary>
    public static readonly TimeSpan IntervalMin = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The age at which a final session is deleted, with its changes and payments. Its Idempotency-Key may then be used
    /// again. Null never deletes a session.
    /// </summary>
    public TimeSpan? Sessions { get; set; }

    /// <summary>The age at which a session that expired without any payment is deleted; null for that of the
    /// others.</summary>
    public TimeSpan? ExpiredSessions { get; set; }

    /// <summary>The age at which the customer's data of a final session is erased; null for never.</summary>
    public TimeSpan? PersonalData { get; set; }

    /// <summary>
    /// The number of sessions that one commit deletes, at most; on SQLite no more than 500. With 2,000, the p99 of
    /// creations was half as long again.
    /// </summary>
    public int RowsPerBatch { get; set; } = 500;

    /// <summary>The pause between two batches: 1,900 sessions a second are deleted at most.</summary>
    public TimeSpan Pause { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The time between two searches for old sessions.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>True if anything is ever deleted.</summary>
    public bool IsOn => Sessions is not null || ExpiredSessions is not null || PersonalData is not null;
}

/// <summary>Checks <see cref="RetentionOptions"/> at start.</summary>
internal sealed class RetentionOptionsValidator(IOptions<WebhookOptions> webhooks)
    : IValidateOptions<RetentionOptions>
{
    public ValidateOptionsResult Validate(string? name, RetentionOptions options)
    {
        var failures = new List<string>();
        if (options.Sessions < RetentionOptions.SessionsMin)
            failures.Add($"Retention__Sessions is {options.Sessions}; set it to 30.00:00:00 (30 days) or more.");
        if (options.Sessions <= webhooks.Value.DeliveryRetention)
        {
            failures.Add(
                $"Retention__Sessions is {options.Sessions}; set it to more than Webhooks__DeliveryRetention " +
                $"({webhooks.Value.DeliveryRetention}), because deliveries are shown with their session.");
        }

        if (options.ExpiredSessions < RetentionOptions.ExpiredSessionsMin)
        {
            failures.Add(
                $"Retention__ExpiredSessions is {options.ExpiredSessions}; set it to 2.00:00:00 (2 days) or more.");
        }

        if (options.ExpiredSessions > options.Sessions)
        {
            failures.Add(
                "Retention__ExpiredSessions is more than Retention__Sessions; set it to less, or leave it out.");
        }

        if (options.PersonalData < RetentionOptions.PersonalDataMin)
            failures.Add($"Retention__PersonalData is {options.PersonalData}; set it to 1.00:00:00 (1 day) or more.");
        if (options.RowsPerBatch is < 1 or > RetentionOptions.RowsPerBatchMax)
            failures.Add($"Retention__RowsPerBatch is {options.RowsPerBatch}; set it to 1–10000.");
        if (options.Pause < TimeSpan.Zero || options.Pause > TimeSpan.FromMinutes(1))
            failures.Add($"Retention__Pause is {options.Pause}; set it to 00:00:00–00:01:00.");
        if (options.Interval < RetentionOptions.IntervalMin || options.Interval > TimeSpan.FromDays(1))
            failures.Add($"Retention__Interval is {options.Interval}; set it to 00:00:01–1.00:00:00.");
        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }
}
