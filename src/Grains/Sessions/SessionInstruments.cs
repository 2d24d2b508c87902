using System.Diagnostics.Metrics;
using Bleepay.Grains.Telemetry;

namespace Bleepay.Grains.Sessions;

/// <summary>What an operator can measure of sessions, on the meter <c>Bleepay</c>.</summary>
internal static class SessionInstruments
{
    private const string OutcomeTag = "outcome";

    private static readonly Meter Meter = new("Bleepay");

    private static readonly Counter<long> Changes = Meter.CreateCounter<long>(
        "bleepay.session.changes", "{change}", "Stored changes of sessions, by status and cause.");

    private static readonly Counter<long> PaymentsRefused = Meter.CreateCounter<long>(
        "bleepay.session.payments_refused", "{report}", "Reports refused because the session has reached its limit.");

    private static readonly Counter<long> PaymentReports = Meter.CreateCounter<long>(
        "bleepay.payment.reports", "{report}", "Reports of payments to sessions, by outcome.");

    // Orleans' own tardiness is counted modulo the reminder's period, so a tick that is one period late reads
    // as punctual.
    private static readonly Histogram<double> ExpiryLateness = Meter.CreateHistogram(
        "bleepay.session.expiry_lateness", "s", "Time from a session's expiresAt to the decision of its expiry.", null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [.01, .05, .1, .25, .5, 1, 2, 5, 10, 30, 60, 300] });

    /// <summary>What the rules can make of a session; others never occur.</summary>
    private static readonly (PaymentStatus Status, ChangeCause Cause)[] PossibleChanges =
    [
        (PaymentStatus.Created, ChangeCause.Created),
        (PaymentStatus.Created, ChangeCause.PaymentRemoved),
        (PaymentStatus.Pending, ChangeCause.PaymentSeen),
        (PaymentStatus.Pending, ChangeCause.PaymentAdded),
        (PaymentStatus.Pending, ChangeCause.PaymentConfirming),
        (PaymentStatus.Pending, ChangeCause.PaymentSettled),
        (PaymentStatus.Pending, ChangeCause.PaymentRemoved),
        (PaymentStatus.Underpaid, ChangeCause.PaymentSettled),
        (PaymentStatus.Underpaid, ChangeCause.PaymentRemoved),
        (PaymentStatus.Confirmed, ChangeCause.PaymentSettled),
        (PaymentStatus.Confirmed, ChangeCause.PaymentLate),
        (PaymentStatus.Confirmed, ChangeCause.CustomerErased),
        (PaymentStatus.Overpaid, ChangeCause.PaymentSettled),
        (PaymentStatus.Overpaid, ChangeCause.PaymentLate),
        (PaymentStatus.Overpaid, ChangeCause.CustomerErased),
        (PaymentStatus.Expired, ChangeCause.Timeout),
        (PaymentStatus.Expired, ChangeCause.Cancelled),
        (PaymentStatus.Expired, ChangeCause.PaymentSeen),
        (PaymentStatus.Expired, ChangeCause.PaymentLate),
        (PaymentStatus.Expired, ChangeCause.CustomerErased),
    ];

    /// <summary>A series that first appears with its first event shows no increase.</summary>
    public static void BeginAtZero()
    {
        foreach (var (status, cause) in PossibleChanges) CountChanges(0, status, cause);
        foreach (var outcome in Enum.GetValues<PaymentReportOutcome>()) CountReports(0, outcome);
        PaymentsRefused.Add(0);
    }

    public static void Changed(DepositSession session, SessionChange change)
    {
        CountChanges(1, change.Status, change.Cause);
        if (change.Cause == ChangeCause.Timeout)
            ExpiryLateness.Record((change.At - session.ExpiresAt).TotalSeconds);
    }

    /// <param name="changes">What the report has changed.</param>
    public static void Reported(ReadOnlySpan<SessionChange> changes)
    {
        var outcome = PaymentReportOutcome.Repeated;
        foreach (var change in changes)
        {
            outcome = change.Cause switch
            {
                ChangeCause.Timeout => outcome,
                ChangeCause.PaymentLate => PaymentReportOutcome.Late,
                ChangeCause.PaymentRemoved => PaymentReportOutcome.Removed,
                _ => PaymentReportOutcome.New,
            };
        }

        CountReports(1, outcome);
    }

    public static void Refused(RefusalCode code)
    {
        if (code == RefusalCode.PaymentConflict) CountReports(1, PaymentReportOutcome.Conflict);
        if (code != RefusalCode.TooManyPayments) return;
        CountReports(1, PaymentReportOutcome.TooMany);
        PaymentsRefused.Add(1);
    }

    private static void CountChanges(int changes, PaymentStatus status, ChangeCause cause) => Changes.Add(
        changes, new("status", LabelWords.Upper(status)), new("cause", LabelWords.Upper(cause)));

    private static void CountReports(int reports, PaymentReportOutcome outcome) =>
        PaymentReports.Add(reports, new KeyValuePair<string, object?>(OutcomeTag, LabelWords.Lower(outcome)));

    private enum PaymentReportOutcome
    {
        /// <summary>It has changed the session.</summary>
        New,

        /// <summary>The session had recorded it before.</summary>
        Repeated,

        /// <summary>The payment was reported with another amount before.</summary>
        Conflict,

        /// <summary>The payment is final, and the session was before.</summary>
        Late,

        /// <summary>A reorganisation has removed the payment.</summary>
        Removed,

        /// <summary>The session records no more payments.</summary>
        TooMany,
    }
}
