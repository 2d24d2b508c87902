using System.Diagnostics.Metrics;

namespace Bleepay.Grains.Sessions;

/// <summary>What an operator can measure of sessions, on the meter <c>Bleepay</c>.</summary>
internal static class SessionInstruments
{
    private static readonly Meter Meter = new("Bleepay");

    private static readonly Counter<long> Changes = Meter.CreateCounter<long>(
        "bleepay.session.changes", "{change}", "Stored changes of sessions, by status and cause.");

    private static readonly Counter<long> PaymentsRefused = Meter.CreateCounter<long>(
        "bleepay.session.payments_refused", "{report}", "Reports refused because the session has reached its limit.");

    // Orleans' own tardiness is counted modulo the reminder's period, so a tick that is one period late reads
    // as punctual.
    private static readonly Histogram<double> ExpiryLateness = Meter.CreateHistogram<double>(
        "bleepay.session.expiry_lateness", "s", "Time from a session's expiresAt to the decision of its expiry.");

    public static void Changed(DepositSession session, SessionChange change)
    {
        Changes.Add(1, new("status", change.Status), new("cause", change.Cause));
        if (change.Cause == ChangeCause.Timeout)
            ExpiryLateness.Record((change.At - session.ExpiresAt).TotalSeconds);
    }

    public static void Refused(RefusalCode code)
    {
        if (code == RefusalCode.TooManyPayments) PaymentsRefused.Add(1);
    }
}
