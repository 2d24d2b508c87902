using Bleepay.Grains.Sessions;
using static Bleepay.Tests.Grains.Sessions.PaidSessions;

namespace Bleepay.Tests.Grains.Sessions;

/// <summary>What payments add up to, and what a session shows of them.</summary>
public sealed class PaymentRulesTests
{
    private static readonly string Nines = new('9', 32);
    private static readonly string Dust = "0." + new string('0', 29) + "1";

    [Fact]
    public void Partial_payments_add_up_exactly_and_beyond_32_characters()
    {
        var session = Opened(Nines).After(Report("A", Dust, Final), Report("B", Nines[1..], Final));

        Assert.Equal(PaymentStatus.Underpaid, session.Status);
        Assert.Equal($"{Nines[1..]}.{Dust[2..]}", session.View().ReceivedAmount);
        Assert.Equal(62, session.View().ReceivedAmount.Length);

        var paid = session.After(Report("C", "9" + new string('0', 31), Final));
        Assert.Equal(PaymentStatus.Overpaid, paid.Status);
        Assert.Equal($"{Nines}.{Dust[2..]}", paid.View().ReceivedAmount);
    }

    [Theory]
    [InlineData("100", null, "100", PaymentStatus.Confirmed)]
    [InlineData("100", null, "100.00", PaymentStatus.Confirmed)]
    [InlineData("100.50", null, "100.5", PaymentStatus.Confirmed)]
    [InlineData("100", null, "99.999999999999999999999999999", PaymentStatus.Underpaid)]
    [InlineData("100", null, "100.000000000000000000000000001", PaymentStatus.Overpaid)]
    [InlineData("100", "0", "99.999999999999999999999999999", PaymentStatus.Underpaid)]
    [InlineData("100", "2.5", "97.5", PaymentStatus.Confirmed)]
    [InlineData("100", "2.5", "97.499999999999999999999999999", PaymentStatus.Underpaid)]
    [InlineData("100", "2.5", "100.0000000001", PaymentStatus.Overpaid)]
    [InlineData("100", "10", "90", PaymentStatus.Confirmed)]
    [InlineData("100", "10", "89.99", PaymentStatus.Underpaid)]
    [InlineData("0.000000000000000000000000000003", "10", "0.000000000000000000000000000003", PaymentStatus.Confirmed)]
    [InlineData("0.000000000000000000000000000003", "10", "0.000000000000000000000000000002", PaymentStatus.Underpaid)]
    public void The_total_is_judged_by_the_tolerance_that_the_session_was_opened_with(
        string asked, string? tolerance, string paid, PaymentStatus status) =>
        Assert.Equal(status, Opened(asked, tolerance).After(Report("A", paid, Final)).Status);

    [Fact]
    public void A_session_is_paid_as_soon_as_final_payments_are_enough_and_the_rest_comes_late()
    {
        var session = Opened(tolerance: "5").After(Report("A", "4", 1), Report("B", "96", Final));

        Assert.Equal((PaymentStatus.Confirmed, "96", "0"), Amounts(session));
        var later = session.After(Report("A", "4", Final));
        Assert.Equal((PaymentStatus.Confirmed, "96", "4"), Amounts(later));
        Assert.Equal(ChangeCause.PaymentLate, later.Timeline[^1].Cause);
    }

    [Fact]
    public void Each_transfer_of_a_transaction_is_a_payment()
    {
        var session = Opened().After(Report("A", "60", Final), Report("A", "40", Final, index: 1));

        Assert.Equal((PaymentStatus.Confirmed, "100", "0"), Amounts(session));
        Assert.Equal([0, 1], session.Payments.Select(payment => payment.Key.Index));
    }

    [Fact]
    public void A_hexadecimal_transaction_is_the_same_in_either_case_and_any_other_is_not()
    {
        var session = Opened().After(Report("0xAB", "60", Final), Report("0xab", "60", Final));
        var other = Opened().After(Report("5fAB", "60", Final), Report("5fab", "60", Final));

        Assert.Equal((PaymentStatus.Underpaid, "60", "0"), Amounts(session));
        Assert.Equal((PaymentStatus.Overpaid, "120", "0"), Amounts(other));
    }

    [Fact]
    public void The_same_amount_in_another_spelling_is_no_conflict()
    {
        var session = Opened().After(Report("A", "60", 1));

        Assert.Same(session, session.After(Report("A", "60.00", 1)));
    }

    [Fact]
    public void A_session_shows_the_first_seen_payment_that_stands_and_the_fewest_confirmations()
    {
        var session = Opened().After(Report("A", "10", 5), Report("B", "10", 3));
        Assert.Equal(("A", 3), Shown(session));

        var removed = session.After(Removal("A", "10"));
        Assert.Equal(("B", 3), Shown(removed));
        Assert.Equal(("A", 1), Shown(removed.After(Report("A", "10", 1))));
        Assert.Equal((null, 0), Shown(removed.After(Removal("B", "10"))));
    }

    [Fact]
    public void A_paid_session_shows_the_confirmations_of_what_has_paid_it()
    {
        var session = Opened().After(Report("A", "1", 2), Report("B", "100", Final + 3));

        Assert.Equal(("A", Final + 3), Shown(session));
        Assert.Equal(Final + 3, session.After(Report("C", "1", 0)).View().Confirmations);
    }

    [Fact]
    public void What_was_received_in_time_is_kept_when_the_session_expires()
    {
        var session = Opened().After(Report("A", "60", Final), Report("B", "40", 3)).TimedOut();

        Assert.Equal((PaymentStatus.Expired, "60", "0"), Amounts(session));
        Assert.Equal((PaymentStatus.Expired, "60", "40"), Amounts(session.At(End, Report("B", "40", Final))));
    }

    [Fact]
    public void The_time_of_confirmation_is_that_of_the_settlement_and_stays_so()
    {
        var paidAt = Noon.AddMinutes(5);
        var session = Opened().At(paidAt.AddTicks(9), Report("A", "101", Final));

        Assert.Equal(paidAt, session.View().ConfirmedAt);
        Assert.Equal(paidAt, session.At(End, Report("B", "1", Final)).View().ConfirmedAt);
        Assert.Null(Opened().After(Report("A", "60", Final)).View().ConfirmedAt);
        Assert.Null(Opened().At(End, Report("A", "100", Final)).View().ConfirmedAt);
    }

    [Theory]
    [InlineData(-1, null, true)]
    [InlineData(-1, +1, true)]
    [InlineData(0, null, false)]
    [InlineData(0, -1, true)]
    [InlineData(0, 0, false)]
    [InlineData(+1, -1, true)]
    [InlineData(+1, +1, false)]
    public void A_payment_was_observed_in_time_if_it_was_reported_or_seen_before_the_end(
        int reportedAt, int? observedAt, bool isInTime)
    {
        var report = Report("A", "100", Final) with
        {
            ObservedAt = observedAt is { } offset ? End.AddMilliseconds(offset) : null,
        };

        var session = Opened().At(End.AddMilliseconds(reportedAt), report);

        Assert.Equal(isInTime, session.Payments[0].ObservedInTime);
        Assert.Equal(report.ObservedAt, session.Payments[0].ObservedAt);
        Assert.Equal(reportedAt < 0 ? PaymentStatus.Confirmed : PaymentStatus.Expired, session.Status);
    }

    [Fact]
    public void A_payment_keeps_what_was_reported_first_and_when_it_was_seen_and_settled()
    {
        var first = Report("A", "60.0", 3) with { From = "0xPayer", ObservedAt = Noon };
        var session = Opened()
            .At(Noon.AddSeconds(1), first)
            .At(Noon.AddSeconds(2), Report("A", "60", 0) with { IsRemoved = true })
            .At(Noon.AddSeconds(3), Report("A", "60", Final) with { From = "0xOther", ObservedAt = End });

        Assert.Equal(
            new Payment(
                first.Key, "60.0", PaymentStage.Settled, Final, "0xPayer", Noon, true, 2, Noon.AddSeconds(1),
                Noon.AddSeconds(3)),
            Assert.Single(session.Payments));
    }

    /// <summary>A reorganisation runs a transaction again, and a contract may then pay another amount.</summary>
    [Fact]
    public void A_removed_payment_that_returns_with_another_amount_counts_as_that()
    {
        var removed = Opened().After(Report("A", "60", 3), Removal("A", "60"));

        var session = removed.After(Report("A", "100", Final));

        Assert.Equal((PaymentStatus.Confirmed, "100", "0"), Amounts(session));
        Assert.Equal("100", Assert.Single(session.Payments).Amount);
    }

    [Fact]
    public void Whether_a_payment_is_ambiguous_is_decided_when_it_is_first_seen()
    {
        var session = Opened()
            .After(Report("A", "60", 3) with { IsAmbiguous = true }, Report("B", "40", 3))
            .After(Report("A", "60", Final), Report("B", "40", Final) with { IsAmbiguous = true });

        Assert.Equal([true, false], session.Payments.Select(payment => payment.IsAmbiguous));
    }

    private static (PaymentStatus Status, string Received, string Late) Amounts(DepositSession session) =>
        (session.Status, session.View().ReceivedAmount, session.View().LateAmount);

    private static (string? TransactionId, int Confirmations) Shown(DepositSession session) =>
        (session.View().TransactionId, session.View().Confirmations);
}
