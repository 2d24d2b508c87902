using Bleepay.Silo.Storage.Retention;

namespace Bleepay.Silo.Retention;

/// <summary>Which sessions are old enough, by the settings.</summary>
internal static class RetentionRules
{
    /// <summary>The word of the status that a session without a payment ends in.</summary>
    private const string Expired = "EXPIRED";

    /// <summary>The sessions of a business and status that are to be deleted: those without payments first.</summary>
    public static IEnumerable<RetentionRange> ToDelete(
        FinalSessions sessions, RetentionOptions options, DateTimeOffset now)
    {
        if (options.ExpiredSessions is { } unpaid && sessions.Status == Expired)
            yield return RangeOf(sessions, now - unpaid, onlyUnpaid: true);
        if (options.Sessions is { } all) yield return RangeOf(sessions, now - all);
    }

    /// <summary>The sessions whose customer's data is to be erased; null for none.</summary>
    /// <param name="doneUntil">The sessions that were created at this time or before are done.</param>
    public static RetentionRange? ToErase(
        FinalSessions sessions, RetentionOptions options, DateTimeOffset now, DateTimeOffset doneUntil) =>
        options.PersonalData is { } age ? RangeOf(sessions, now - age) with { After = doneUntil } : null;

    /// <summary>The time by which a session is too old; zero if it is not, or if no limit is set.</summary>
    /// <param name="age">Of a final session.</param>
    public static TimeSpan Overdue(TimeSpan age, RetentionOptions options) =>
        options.Sessions is { } limit && age > limit ? age - limit : TimeSpan.Zero;

    private static RetentionRange RangeOf(FinalSessions sessions, DateTimeOffset before, bool onlyUnpaid = false) =>
        new(sessions.BusinessId, sessions.Status, DateTimeOffset.UnixEpoch, before, onlyUnpaid);
}
