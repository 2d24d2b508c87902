using System.Collections.Immutable;
using Bleepay.Grains.Fields;

namespace Bleepay.Grains.Sessions;

/// <summary>
/// What a report of a payment makes of a session: the part of <see cref="SessionRules"/> that counts money.
/// Payments add up exactly. One that is final before the session is counts, one that is final after it is late;
/// both stay as they are, whatever is reported then.
/// </summary>
internal static class PaymentRules
{
    /// <summary>
    /// So many payments a session keeps. Many times what customers send, and a bound on what dust can cost.
    /// </summary>
    public const int PaymentsMax = 1_000;

    private static readonly Amount Hundred = Amount.Parse("100");

    private static readonly Refusal Conflict = new(
        RefusalCode.PaymentConflict,
        "This payment (txId and index) was reported with another amount. Report each transfer of a transaction " +
        "under an index of its own, with its own amount.");

    private static readonly Refusal TooMany = Refusal.Validation(
        [new("txId", $"would be one more payment than the {PaymentsMax} that a session keeps")]);

    /// <summary>The session after the report; the same object where the report brings nothing new.</summary>
    public static Decision Report(DepositSession session, PaymentReport report, DateTimeOffset now)
    {
        var key = report.Key with { TransactionId = FieldRules.NormalAddress(report.Key.TransactionId) };
        var known = session.Payments.FirstOrDefault(payment => payment.Key == key);
        if (known is not null && Amount.Parse(known.Amount) != Amount.Parse(report.Amount)) return new(null, Conflict);
        if (known is null && report.IsRemoved) return new(session, null);
        if (known is null && session.Payments.Length == PaymentsMax) return new(null, TooMany);

        return new(known?.Stage switch
        {
            PaymentStage.Settled or PaymentStage.Late => session,
            PaymentStage.Removed or null when report.IsRemoved => session,
            PaymentStage.Removed or null => See(session, known ?? New(session, key, report, now), report, now),
            _ when report.IsRemoved => Remove(session, known, now),
            _ => Confirm(session, known, report.Confirmations, now),
        }, null);
    }

    /// <summary>What has become final too late to count, without trailing zeros.</summary>
    public static Amount LateAmount(DepositSession session) => SumOf(session.Payments, PaymentStage.Late);

    private static Payment New(DepositSession session, PaymentKey key, PaymentReport report, DateTimeOffset now) => new(
        key,
        report.Amount,
        PaymentStage.Pending,
        report.Confirmations,
        report.From,
        report.ObservedAt,
        ObservedInTime: now < session.ExpiresAt || report.ObservedAt < session.ExpiresAt,
        SeenSequence: session.Sequence + 1,
        SeenAt: SessionRules.WholeMilliseconds(now),
        SettledAt: null);

    /// <summary>A payment that is final at first sight is seen first all the same.</summary>
    private static DepositSession See(
        DepositSession session, Payment payment, PaymentReport report, DateTimeOffset now)
    {
        var seen = payment with { Stage = PaymentStage.Pending, Confirmations = report.Confirmations };
        var cause = session.Status == PaymentStatus.Pending ? ChangeCause.PaymentAdded : ChangeCause.PaymentSeen;
        return Confirm(Change(session, seen, cause, now), seen, report.Confirmations, now);
    }

    /// <summary>Fewer confirmations than before are an older report, and tell nothing.</summary>
    private static DepositSession Confirm(
        DepositSession session, Payment payment, int confirmations, DateTimeOffset now)
    {
        var confirmed = payment with { Confirmations = confirmations };
        if (confirmations >= session.RequiredConfirmations) return Settle(session, confirmed, now);
        return confirmations > payment.Confirmations
            ? Change(session, confirmed, ChangeCause.PaymentConfirming, now)
            : session;
    }

    private static DepositSession Settle(DepositSession session, Payment payment, DateTimeOffset now)
    {
        var settled = payment with { SettledAt = SessionRules.WholeMilliseconds(now) };
        return session.IsFinal
            ? Change(session, settled with { Stage = PaymentStage.Late }, ChangeCause.PaymentLate, now)
            : Change(session, settled with { Stage = PaymentStage.Settled }, ChangeCause.PaymentSettled, now);
    }

    private static DepositSession Remove(DepositSession session, Payment payment, DateTimeOffset now)
    {
        var removed = payment with { Stage = PaymentStage.Removed, Confirmations = 0 };
        return Change(session, removed, ChangeCause.PaymentRemoved, now);
    }

    private static DepositSession Change(
        DepositSession session, Payment payment, ChangeCause cause, DateTimeOffset now)
    {
        var place = session.Payments.Select(known => known.Key).ToList().IndexOf(payment.Key);
        var payments = place < 0 ? session.Payments.Add(payment) : session.Payments.SetItem(place, payment);
        var received = SumOf(payments, PaymentStage.Settled);
        var status = session.IsFinal ? session.Status : StatusOf(session, payments, received);
        var totals = new PaymentTotals(
            payments.FirstOrDefault(Stands)?.Key.TransactionId, received.ToString(), Confirmations(status, payments));
        return SessionRules.Change(session with { Payments = payments }, status, cause, now, payment.Key, totals);
    }

    private static PaymentStatus StatusOf(
        DepositSession session, ImmutableArray<Payment> payments, Amount received)
    {
        var asked = Amount.Parse(session.Terms.Amount);
        if (received > asked) return PaymentStatus.Overpaid;
        if (IsEnough(received, asked, session.UnderpaymentTolerancePercent)) return PaymentStatus.Confirmed;
        if (payments.Any(payment => payment.Stage == PaymentStage.Pending)) return PaymentStatus.Pending;
        return received.IsZero ? PaymentStatus.Created : PaymentStatus.Underpaid;
    }

    /// <summary>True from so many percent below the amount on: compared in hundredths, not divided.</summary>
    private static bool IsEnough(Amount received, Amount asked, string? tolerancePercent)
    {
        var tolerance = tolerancePercent is null ? Amount.Zero : Amount.Parse(tolerancePercent);
        return (received * Hundred) + (asked * tolerance) >= asked * Hundred;
    }

    private static int Confirmations(PaymentStatus status, ImmutableArray<Payment> payments) => payments
        .Where(payment => status.IsPaid() ? payment.Stage == PaymentStage.Settled : Stands(payment))
        .Select(payment => payment.Confirmations)
        .DefaultIfEmpty()
        .Min();

    private static bool Stands(Payment payment) => payment.Stage != PaymentStage.Removed;

    private static Amount SumOf(ImmutableArray<Payment> payments, PaymentStage stage) => payments
        .Where(payment => payment.Stage == stage)
        .Aggregate(Amount.Zero, (sum, payment) => sum + Amount.Parse(payment.Amount));
}
