using Bleepay.Grains.Fields;

namespace Bleepay.Grains.Sessions;

/// <summary>
/// How much one session records. Every address can be paid to by strangers, and a reorganisation can remove a payment
/// any number of times. Neither may grow a session without a bound, nor keep out the payment that completes it.
/// </summary>
internal static class PaymentLimits
{
    /// <summary>Payments of at least 1/1,000 of the session's amount.</summary>
    public const int PaymentsMax = 1_000;

    /// <summary>Payments below 1/1,000 of the session's amount.</summary>
    public const int DustPaymentsMax = 1_000;

    /// <summary>
    /// All payments, with those that would complete the session. Beyond it, one that would complete the session is
    /// recorded when it is final: the session ends with it.
    /// </summary>
    public const int AllPaymentsMax = 3_000;

    /// <summary>Changes that are neither first sights nor settlements of payments.</summary>
    public const int ChangesMax = 1_000;

    /// <summary>
    /// A removal reserves the change that brings the payment back: no payment may stay removed because the
    /// limit is reached.
    /// </summary>
    private const int ChangesPerRemoval = 2;

    private static readonly Amount DustFraction = Amount.Parse("0.001");

    /// <summary>True if a payment that is not recorded yet may be.</summary>
    public static bool HasRoomFor(DepositSession session, PaymentReport report)
    {
        // Most sessions end here, without an amount being read.
        if (session.Payments.Length < Math.Min(PaymentsMax, DustPaymentsMax)) return true;

        var amount = Amount.Parse(report.Amount);
        var dustBelow = Amount.Parse(session.Terms.Amount) * DustFraction;
        var isDust = amount < dustBelow;
        var recorded = session.Payments.Count(known => Amount.Parse(known.Amount) < dustBelow == isDust);
        if (recorded < (isDust ? DustPaymentsMax : PaymentsMax)) return true;

        var isRoomLeft = session.Payments.Length < AllPaymentsMax
            || report.Confirmations >= session.RequiredConfirmations;
        return isRoomLeft && WouldComplete(session, amount);
    }

    /// <summary>True if one more step in confirmations is recorded.</summary>
    public static bool HasRoomForConfirmations(DepositSession session) => LimitedChanges(session) < ChangesMax;

    /// <summary>True if the removal of a payment is recorded.</summary>
    public static bool HasRoomForRemoval(DepositSession session) =>
        LimitedChanges(session) + ChangesPerRemoval <= ChangesMax;

    /// <summary>
    /// True if the session is paid once this payment is final: with what is final already, or with all that is
    /// pending where that falls short alone. Pending payments that reach the amount must not keep out another,
    /// because they may never become final.
    /// </summary>
    private static bool WouldComplete(DepositSession session, Amount amount)
    {
        if (session.IsFinal) return false;
        var received = PaymentRules.ReceivedAmount(session);
        if (PaymentRules.IsEnough(session, received + amount)) return true;
        var seen = received + PaymentRules.SumOf(session.Payments, PaymentStage.Pending);
        return !PaymentRules.IsEnough(session, seen) && PaymentRules.IsEnough(session, seen + amount);
    }

    private static int LimitedChanges(DepositSession session)
    {
        var changes = 0;
        foreach (var change in session.Timeline)
        {
            changes += change.Cause switch
            {
                ChangeCause.PaymentConfirming => 1,
                ChangeCause.PaymentRemoved => ChangesPerRemoval,
                _ => 0,
            };
        }

        return changes;
    }
}
