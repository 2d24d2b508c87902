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
    private static readonly Amount Hundred = Amount.Parse("100");

    private static readonly Refusal Conflict = new(
        RefusalCode.PaymentConflict,
        "This payment (txId and index) was reported with another amount. Report each transfer of a transaction " +
        "with a separate index and the amount of that transfer.");

    private static readonly Refusal TooMany = new(
        RefusalCode.TooManyPayments,
        "This session has reached its limit of payments of this size, and this one would not complete it. " +
        "Payments that are recorded can still be reported.");

    /// <summary>The session after the report; the same object where the report brings nothing new.</summary>
    public static Decision Report(DepositSession session, PaymentReport report, DateTimeOffset now)
    {
        var key = report.Key with { TransactionId = FieldRules.NormalAddress(report.Key.TransactionId) };
        var index = IndexOf(session, key);
        var known = index < 0 ? null : session.Payments[index];
        if (known is not null && IsContradicted(known, report)) return new(null, Conflict);
        if (known is null && report.IsRemoved) return new(session, null);
        if (known is null && !PaymentLimits.HasRoomFor(session, report)) return new(null, TooMany);

        return new(known?.Stage switch
        {
            PaymentStage.Settled or PaymentStage.Late => session,
            PaymentStage.Removed or null when report.IsRemoved => session,
            PaymentStage.Removed or null => See(session, known ?? New(session, key, report, now), report, now),
            _ when report.IsRemoved => Remove(session, known, now),
            _ => Confirm(session, known, report.Confirmations, now),
        }, null);
    }

    /// <summary>What has become final in time, without trailing zeros.</summary>
    public static Amount ReceivedAmount(DepositSession session) =>
        session.Timeline[^1].Totals is { } totals ? Amount.Parse(totals.ReceivedAmount) : Amount.Zero;

    /// <summary>What all payments of this stage add up to, without trailing zeros.</summary>
    public static Amount SumOf(ImmutableArray<Payment> payments, PaymentStage stage) => payments.IsEmpty
        ? Amount.Zero
        : Amount.Sum(payments
            .Where(payment => payment.Stage == stage)
            .Select(payment => Amount.Parse(payment.Amount)));

    /// <summary>True if this sum pays the session, within its tolerance. Compared in hundredths, not divided.</summary>
    public static bool IsEnough(DepositSession session, Amount sum)
    {
        var asked = Amount.Parse(session.Terms.Amount);
        var tolerance = session.UnderpaymentTolerancePercent is { } percent ? Amount.Parse(percent) : Amount.Zero;
        return (sum * Hundred) + (asked * tolerance) >= asked * Hundred;
    }

    private static Payment New(DepositSession session, PaymentKey key, PaymentReport report, DateTimeOffset now) => new(
        key,
        report.Amount,
        PaymentStage.Pending,
        report.Confirmations,
        report.From,
        report.ObservedAt,
        ObservedInTime: now < session.ExpiresAt || report.ObservedAt < session.ExpiresAt,
        SeenSequence: session.Sequence + 1,
        SeenAt: StoredTime.Of(now),
        SettledAt: null,
        report.IsAmbiguous);

    /// <summary>
    /// A transfer has one amount. A reorganisation can run its transaction again with another outcome, so a payment
    /// that was removed may return with another amount.
    /// </summary>
    private static bool IsContradicted(Payment known, PaymentReport report) =>
        !HasSameAmount(known, report) && (known.Stage != PaymentStage.Removed || report.IsRemoved);

    private static bool HasSameAmount(Payment known, PaymentReport report) =>
        Amount.Parse(known.Amount) == Amount.Parse(report.Amount);

    /// <summary>A payment that is final at first sight is seen first all the same.</summary>
    private static DepositSession See(
        DepositSession session, Payment payment, PaymentReport report, DateTimeOffset now)
    {
        var seen = payment with
        {
            Stage = PaymentStage.Pending,
            Confirmations = report.Confirmations,
            Amount = HasSameAmount(payment, report) ? payment.Amount : report.Amount,
        };
        var cause = session.Status == PaymentStatus.Pending ? ChangeCause.PaymentAdded : ChangeCause.PaymentSeen;
        return Confirm(Change(session, seen, cause, now), seen, report.Confirmations, now);
    }

    /// <summary>A report with fewer confirmations than before is older, and changes nothing.</summary>
    private static DepositSession Confirm(
        DepositSession session, Payment payment, int confirmations, DateTimeOffset now)
    {
        var confirmed = payment with { Confirmations = confirmations };
        if (confirmations >= session.RequiredConfirmations) return Settle(session, confirmed, now);
        return confirmations > payment.Confirmations && PaymentLimits.HasRoomForConfirmations(session)
            ? Change(session, confirmed, ChangeCause.PaymentConfirming, now)
            : session;
    }

    private static DepositSession Settle(DepositSession session, Payment payment, DateTimeOffset now)
    {
        var settled = payment with { SettledAt = StoredTime.Of(now) };
        return session.IsFinal
            ? Change(session, settled with { Stage = PaymentStage.Late }, ChangeCause.PaymentLate, now)
            : Change(session, settled with { Stage = PaymentStage.Settled }, ChangeCause.PaymentSettled, now);
    }

    /// <summary>
    /// One that is not recorded leaves the payment pending, which never counts as paid. It still settles when it is
    /// final.
    /// </summary>
    private static DepositSession Remove(DepositSession session, Payment payment, DateTimeOffset now)
    {
        if (!PaymentLimits.HasRoomForRemoval(session)) return session;
        var removed = payment with { Stage = PaymentStage.Removed, Confirmations = 0 };
        return Change(session, removed, ChangeCause.PaymentRemoved, now);
    }

    private static DepositSession Change(
        DepositSession session, Payment payment, ChangeCause cause, DateTimeOffset now)
    {
        var index = IndexOf(session, payment.Key);
        var payments = index < 0 ? session.Payments.Add(payment) : session.Payments.SetItem(index, payment);
        var received = ReceivedAmount(session);
        if (cause == ChangeCause.PaymentSettled) received += Amount.Parse(payment.Amount);
        var status = session.IsFinal ? session.Status : StatusOf(session, payments, received);
        var totals = new PaymentTotals(
            payments.FirstOrDefault(Stands)?.Key.TransactionId, received.ToString(), Confirmations(status, payments),
            SumOf(payments, PaymentStage.Pending).ToString(), SumOf(payments, PaymentStage.Late).ToString());
        return SessionRules.Change(session with { Payments = payments }, status, cause, now, payment.Key, totals);
    }

    private static PaymentStatus StatusOf(
        DepositSession session, ImmutableArray<Payment> payments, Amount received)
    {
        if (received > Amount.Parse(session.Terms.Amount)) return PaymentStatus.Overpaid;
        if (IsEnough(session, received)) return PaymentStatus.Confirmed;
        if (payments.Any(payment => payment.Stage == PaymentStage.Pending)) return PaymentStatus.Pending;
        return received.IsZero ? PaymentStatus.Created : PaymentStatus.Underpaid;
    }

    private static int Confirmations(PaymentStatus status, ImmutableArray<Payment> payments) => payments
        .Where(payment => status.IsPaid() ? payment.Stage == PaymentStage.Settled : Stands(payment))
        .Select(payment => payment.Confirmations)
        .DefaultIfEmpty()
        .Min();

    private static bool Stands(Payment payment) => payment.Stage != PaymentStage.Removed;

    /// <summary>The index of the payment among those of the session; -1 if it is not there.</summary>
    private static int IndexOf(DepositSession session, PaymentKey key)
    {
        for (var index = 0; index < session.Payments.Length; index++)
            if (session.Payments[index].Key == key) return index;
        return -1;
    }
}
