using Bleepay.Grains;
using Bleepay.Grains.Sessions;
using static Bleepay.Tests.Grains.Sessions.PaidSessions;

namespace Bleepay.Tests.Grains.Sessions;

/// <summary>How much one session records, and that no limit keeps out the payment that completes it.</summary>
public sealed class PaymentLimitTests
{
    /// <summary>A thousandth of 100 is no dust; the next smaller amount is.</summary>
    private const string Thousandth = "0.1";
    private const string Dust = "0.0999999999999999999999999999999";

    private const string Speck = "0.0001";

    [Fact]
    public void A_session_records_1000_payments_of_a_thousandth_or_more_and_1000_smaller_ones()
    {
        var session = Opened().After(Many(PaymentLimits.PaymentsMax - 1, Thousandth));
        Assert.Equal(PaymentLimits.PaymentsMax, session.After(Report("B", Thousandth, 1)).Payments.Length);
        session = session.After(Report("B", Thousandth, 1));

        MustRefuse(session, Report("C", Thousandth, 1));
        session = session.After(Many(PaymentLimits.DustPaymentsMax - 1, Dust, "dust"));
        session = session.After(Report("D", Dust, 1));
        MustRefuse(session, Report("E", Dust, 1));
        Assert.Equal(PaymentLimits.PaymentsMax + PaymentLimits.DustPaymentsMax, session.Payments.Length);
    }

    [Fact]
    public void Dust_takes_no_place_of_a_larger_payment()
    {
        var session = Opened().After(Many(PaymentLimits.DustPaymentsMax, Speck));

        MustRefuse(session, Report("B", Dust, 1));
        Assert.Equal(PaymentStatus.Pending, session.After(Report("B", Thousandth, 1)).Status);
    }

    [Theory]
    [InlineData(null, "99.85", "0.0499", "0.05", PaymentStatus.Confirmed)]
    [InlineData(null, "99.85", "0.0499", "0.0501", PaymentStatus.Overpaid)]
    [InlineData("1", "98.86", "0.0399", "0.04", PaymentStatus.Confirmed)]
    public void The_payment_that_completes_a_session_is_recorded_however_small_and_one_that_falls_short_is_not(
        string? tolerance, string received, string falls, string completes, PaymentStatus status)
    {
        // The specks are 0.1 together.
        var session = Opened(tolerance: tolerance)
            .After(Many(PaymentLimits.DustPaymentsMax, Speck, confirmations: Final))
            .After(Report("B", received, Final));

        MustRefuse(session, Report("C", falls, Final));
        Assert.Equal(PaymentStatus.Pending, session.After(Report("C", completes, 1)).Status);
        Assert.Equal(status, session.After(Report("C", completes, Final)).Status);
    }

    [Fact]
    public void One_that_completes_it_with_what_is_pending_is_recorded_and_then_no_further_one_until_it_vanishes()
    {
        var session = Opened()
            .After(Many(PaymentLimits.DustPaymentsMax, Speck, confirmations: Final))
            .After(Report("B", "99.85", 1));

        MustRefuse(session, Report("C", "0.0499", 1));
        session = session.After(Report("C", "0.05", 1));
        MustRefuse(session, Report("D", "0.05", 1));
        session = session.After(Removal("C", "0.05"), Report("D", "0.05", 1));
        Assert.Equal(PaymentStatus.Confirmed, session.After(Report("B", "99.85", 12), Report("D", "0.05", 12)).Status);
    }

    [Fact]
    public void Pending_payments_that_reach_the_amount_do_not_keep_out_one_that_pays_it()
    {
        var session = Opened().After(Many(PaymentLimits.PaymentsMax, Thousandth));
        MustRefuse(session, Report("B", "99.99", 1));

        session = session.After(Report("B", "100", 1));

        Assert.Equal((PaymentStatus.Pending, "0"), Amounts(session));
        Assert.Equal((PaymentStatus.Confirmed, "100"), Amounts(session.After(Report("B", "100", Final))));
    }

    [Fact]
    public void Beyond_3000_payments_one_that_completes_the_session_is_recorded_when_it_is_final()
    {
        var session = Opened()
            .After(Many(PaymentLimits.DustPaymentsMax, Dust, "dust"))
            .After(Many(PaymentLimits.AllPaymentsMax - PaymentLimits.DustPaymentsMax, "100"));
        Assert.Equal(PaymentLimits.AllPaymentsMax, session.Payments.Length);

        MustRefuse(session, Report("B", "100", Final - 1));
        Assert.Equal(PaymentStatus.Confirmed, session.After(Report("B", "100", Final)).Status);
    }

    [Fact]
    public void A_paid_session_and_an_expired_one_record_no_payment_beyond_the_limit()
    {
        var paid = Opened().After(Report("A", "100", Final)).After(Many(PaymentLimits.PaymentsMax - 1, "100", "late"));
        var expired = Opened().TimedOut().At(End, Many(PaymentLimits.PaymentsMax, "100", "late"));

        MustRefuse(paid, Report("B", "100", Final));
        MustRefuse(expired, Report("B", "100", Final));
        Assert.Equal("100", paid.After(Report("late", "100", Final)).View().LateAmount);
    }

    [Fact]
    public void At_the_limit_what_is_recorded_can_still_be_reported()
    {
        var session = Opened().After(Many(PaymentLimits.PaymentsMax, Thousandth));

        Assert.Equal("0.1", session.After(Report("A", Thousandth, Final, index: 999)).View().ReceivedAmount);
        Assert.Same(session, session.After(Removal("B", "100")));
        var removed = session.After(Removal("A", Thousandth));
        Assert.Equal(PaymentStage.Pending, removed.After(Report("A", Thousandth, 1)).Payments[0].Stage);
        Assert.Equal(
            RefusalCode.PaymentConflict,
            SessionRules.Decide(session, new ReportedPayment(Report("A", "1", 1)), Noon).Refusal!.Code);
    }

    [Fact]
    public void After_1000_changes_more_confirmations_change_nothing_and_a_payment_still_settles()
    {
        var session = WithSteps(PaymentLimits.ChangesMax - 1);
        session = Step(session);
        Assert.Equal(PaymentLimits.ChangesMax, Counted(session));

        Assert.Same(session, Step(session));
        Assert.Same(session, session.After(Removal("A", "1")));
        session = session.After(Report("B", "10", 1), Report("A", "1", Final, index: 99));
        Assert.Equal((PaymentStatus.Pending, "1"), Amounts(session));
        Assert.Equal((PaymentStatus.Expired, "1"), Amounts(session.TimedOut()));
        Assert.Equal("10", session.TimedOut().At(End, Report("B", "10", Final)).View().LateAmount);
    }

    [Fact]
    public void A_payment_can_vanish_500_times_and_has_always_come_back()
    {
        var session = Opened().After(Report("A", "100", 3));
        for (var cycle = 0; cycle < PaymentLimits.ChangesMax / 2; cycle++)
        {
            session = session.After(Removal("A", "100"));
            Assert.Equal(PaymentStatus.Created, session.Status);
            session = session.After(Report("A", "100", 3));
        }

        Assert.Equal(PaymentLimits.ChangesMax, Counted(session));
        Assert.Same(session, session.After(Removal("A", "100")));
    }

    [Fact]
    public void A_removal_is_not_recorded_when_there_is_no_place_left_for_the_payment_s_return()
    {
        var session = WithSteps(PaymentLimits.ChangesMax - 1);

        Assert.Same(session, session.After(Removal("A", "1")));
        Assert.NotSame(session, Step(session));

        session = WithSteps(PaymentLimits.ChangesMax - 2).After(Removal("A", "1"));
        Assert.Same(session, Step(session));
        Assert.Equal(PaymentStage.Pending, session.After(Report("A", "1", 1)).Payments[0].Stage);
    }

    [Fact]
    public void A_payment_whose_removal_is_not_recorded_is_never_paid_unless_it_becomes_final()
    {
        var session = WithSteps(PaymentLimits.ChangesMax).After(Report("B", "100", Final - 1));

        session = session.After(Removal("B", "100"));

        Assert.Equal((PaymentStatus.Pending, "0"), Amounts(session));
        Assert.Null(session.View().ConfirmedAt);
        Assert.Equal((PaymentStatus.Expired, "0"), Amounts(session.TimedOut()));
        Assert.Equal((PaymentStatus.Confirmed, "100"), Amounts(session.After(Report("B", "100", Final))));
    }

    [Fact]
    public void A_view_has_the_latest_100_changes_and_payments_and_a_mark_that_there_are_earlier_ones()
    {
        var session = Opened().After(Many(SessionView.LatestMax - 1, Thousandth));
        var view = session.View();
        Assert.Equal((SessionView.LatestMax, false), (view.Timeline.Length, view.IsTimelineTruncated));

        session = session.After(Report("B", "2", 1));
        view = session.View();
        Assert.Equal(SessionView.LatestMax + 1, view.Sequence);
        Assert.Equal(session.Timeline.Skip(1), view.Timeline);
        Assert.True(view.IsTimelineTruncated);
        Assert.Equal(session.Payments.AsEnumerable(), view.Payments);
        Assert.False(view.ArePaymentsTruncated);

        session = session.After(Report("C", "2", 1));
        Assert.Equal(session.Payments.Skip(1), session.View().Payments);
        Assert.True(session.View().ArePaymentsTruncated);
    }

    [Fact]
    public void A_report_to_a_session_at_its_limits_allocates_little()
    {
        var session = Opened()
            .After(Many(PaymentLimits.DustPaymentsMax, Speck, confirmations: Final))
            .After(Many(PaymentLimits.PaymentsMax - 1, Thousandth, "B"));
        var step = new ReportedPayment(Report("B", Thousandth, 2, 998));
        SessionRules.View(SessionRules.Decide(session, step, Noon).Session!, Noon);

        var before = GC.GetAllocatedBytesForCurrentThread();
        SessionRules.View(SessionRules.Decide(session, step, Noon).Session!, Noon);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 100_000);
    }

    /// <summary>Payments A/0, A/1 and so on, pending.</summary>
    private static PaymentReport[] Many(int count, string amount, string transactionId = "A", int confirmations = 1) =>
        [.. Enumerable.Range(0, count).Select(index => Report(transactionId, amount, confirmations, index))];

    /// <summary>A hundred payments of 1 to a session that asks for 100.</summary>
    /// <param name="count">The steps in confirmations.</param>
    private static DepositSession WithSteps(int count)
    {
        var session = Opened().After(Many(100, "1", confirmations: 0));
        for (var step = 0; step < count; step++) session = Step(session);
        Assert.Equal(count, Counted(session));
        return session;
    }

    /// <summary>One more confirmation of the payment that has the fewest.</summary>
    private static DepositSession Step(DepositSession session)
    {
        var next = session.Payments
            .Where(payment => payment is { Stage: PaymentStage.Pending, Confirmations: < Final - 1 })
            .MinBy(payment => payment.Confirmations)!;
        return session.After(new PaymentReport(next.Key, next.Amount, next.Confirmations + 1, false, null, null));
    }

    /// <summary>The changes that are neither first sights nor settlements.</summary>
    private static int Counted(DepositSession session) =>
        session.Sequence - 1 - session.Payments.Length
        - session.Payments.Count(payment => payment.SettledAt is not null);

    private static void MustRefuse(DepositSession session, PaymentReport report)
    {
        var now = session.Status == PaymentStatus.Expired ? End : End.AddMinutes(-1);
        var refused = SessionRules.Decide(session, new ReportedPayment(report), now).Refusal;
        Assert.Equal(RefusalCode.TooManyPayments, refused?.Code);
    }

    private static (PaymentStatus Status, string Received) Amounts(DepositSession session) =>
        (session.Status, session.View().ReceivedAmount);
}
