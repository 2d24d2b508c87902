using Bleepay.Grains.Chains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Sessions;
using static Bleepay.Tests.Grains.Chains.Matching;

namespace Bleepay.Tests.Grains.Chains;

/// <summary>The matching rule, step by step and at each of its limits.</summary>
public sealed class PaymentMatchingTests
{
    [Theory]
    [InlineData("100")]
    [InlineData("0.01")]
    [InlineData("99.999999")]
    [InlineData("100000")]
    public void The_only_session_at_an_address_takes_any_amount(string amount) =>
        Assert.Equal("a", Decide([Open("a", "100")], Pay(amount)));

    [Fact]
    public void A_session_with_an_assigned_address_takes_any_amount_even_if_another_session_had_the_address() =>
        Assert.Equal("a", Decide([Open("a", "100", assigned: true), Ended("e", "7")], Pay("500")));

    [Theory]
    [InlineData("110", "a")]
    [InlineData("110.000000000000000001", "-ambiguous")]
    [InlineData("1", "a")]
    public void The_only_open_session_at_a_shared_address_takes_up_to_110_percent(string amount, string expected) =>
        Assert.Equal(expected, Decide([Open("a", "100"), Ended("e", "7")], Pay(amount)));

    [Theory]
    [InlineData("44", "a")]
    [InlineData("44.1", "-ambiguous")]
    public void What_stands_counts_against_the_110_percent(string amount, string expected) =>
        Assert.Equal(expected, Decide([Open("a", "100", "60"), Ended("e", "7")], Pay(amount)));

    [Theory]
    [InlineData("7", "e")]
    [InlineData("7.0000001", "a")]
    [InlineData("100", "a")]
    [InlineData("40", "a")]
    public void What_an_ended_session_asks_exactly_is_its_own_unless_the_open_one_asks_the_same(
        string amount, string expected) => Assert.Equal(
        expected,
        Decide([Open("a", "100", "60", assigned: true), Ended("e", "7"), Ended("f", "40")], Pay(amount)));

    [Theory]
    [InlineData("0.01", "a")]
    [InlineData("0.009999999999999999", "-dust")]
    public void A_transfer_below_a_ten_thousandth_is_dust(string amount, string expected) =>
        Assert.Equal(expected, Decide([Open("a", "100")], Pay(amount)));

    [Fact]
    public void Dust_that_is_exactly_what_is_missing_completes_the_session() =>
        Assert.Equal("a", Decide([Open("a", "100", "99.999")], Pay("0.001")));

    [Fact]
    public void Dust_for_each_session_is_dust_and_no_dust_for_one_is_not() => Assert.Equal(
        ("-dust", "-ambiguous"),
        (Decide([Open("a", "100"), Open("b", "200")], Pay("0.001")),
            Decide([Open("a", "100"), Open("b", "5")], Pay("0.001"))));

    [Fact]
    public void Of_several_open_sessions_the_oldest_with_nothing_standing_takes_what_it_asks() => Assert.Equal(
        "b?", Decide([Open("a", "10", "10", age: 20), Open("b", "10", age: 15), Open("c", "10", age: 5)], Pay("10")));

    [Fact]
    public void One_session_that_asks_the_amount_is_not_ambiguous() =>
        Assert.Equal("b", Decide([Open("a", "11"), Open("b", "10"), Open("c", "12")], Pay("10.000")));

    [Fact]
    public void What_a_session_misses_exactly_is_taken_where_none_asks_it_in_full() => Assert.Equal(
        ("a", "b?"),
        (Decide([Open("a", "10", "4", age: 20), Open("c", "12", age: 5)], Pay("6")),
            Decide([Open("a", "10", "4", age: 20), Open("b", "6", age: 5)], Pay("6"))));

    [Fact]
    public void A_payment_within_the_tolerance_of_one_session_is_taken_by_it_and_of_two_by_none() => Assert.Equal(
        ("a", "-ambiguous", "-ambiguous"),
        (Decide([Open("a", "100", tolerance: "1"), Open("b", "50")], Pay("99")),
            Decide([Open("a", "100", tolerance: "1"), Open("b", "99.5", tolerance: "1")], Pay("99")),
            Decide([Open("a", "100", tolerance: "1"), Open("b", "50")], Pay("98.99"))));

    [Fact]
    public void Two_equal_transfers_of_one_transaction_pay_two_sessions() => Assert.Equal(
        "a? b", Decide([Open("a", "10", age: 20), Open("b", "10", age: 5)], Pay("10"), Pay("10", index: 1)));

    [Fact]
    public void A_third_equal_transfer_pays_no_session() => Assert.Equal(
        "a? b -ambiguous",
        Decide(
            [Open("a", "10", age: 20), Open("b", "10", age: 5)],
            Pay("10"), Pay("10", index: 1), Pay("10", index: 2)));

    [Fact]
    public void Of_the_ended_sessions_the_newest_that_asks_exactly_this_is_paid_late() => Assert.Equal(
        ("f?", "e"),
        (Decide([Ended("e", "10", minutes: 90), Ended("f", "10", minutes: 60), Ended("g", "9")], Pay("10")),
            Decide([Ended("e", "10", minutes: 90), Ended("f", "11", minutes: 60)], Pay("10"))));

    [Fact]
    public void The_only_ended_session_takes_any_amount_while_nothing_is_open() => Assert.Equal(
        ("e", "-ambiguous", "-dust"),
        (Decide([Ended("e", "10")], Pay("3")),
            Decide([Ended("e", "10"), Ended("f", "11")], Pay("3")),
            Decide([Ended("e", "10")], Pay("0.0001"))));

    [Fact]
    public void An_ended_session_that_late_payments_have_paid_takes_no_more() => Assert.Equal(
        ("-none", "f? e"),
        (Decide([Ended("e", "10", standing: "10")], Pay("10")),
            Decide([Ended("e", "10", minutes: 90), Ended("f", "10")], Pay("10"), Pay("10", index: 1))));

    [Theory]
    [InlineData(1_440d, "e")]
    [InlineData(1_440.001, "-none")]
    public void A_session_is_paid_late_within_the_late_window(double minutes, string expected) =>
        Assert.Equal(expected, Decide([Ended("e", "10", minutes: minutes)], Pay("10")));

    [Theory]
    [InlineData(0d, "a")]
    [InlineData(2d, "a")]
    [InlineData(2.001, "-none")]
    public void A_payment_older_than_the_session_counts_only_within_two_seconds(double seconds, string expected) =>
        Assert.Equal(expected, Decide([Open("a", "10", age: -seconds / 60)], Pay("10")));

    [Fact]
    public void A_session_that_is_open_past_its_end_has_ended() => Assert.Equal(
        ("b", "a"),
        (Decide([Open("a", "10", age: 30), Open("b", "20", age: 5)], Pay("15")),
            Decide([Open("a", "10", age: 30), Open("b", "20", age: 5)], Pay("10"))));

    [Fact]
    public void A_transfer_is_decided_separately_in_each_business()
    {
        var stored = new[]
        {
            Stored(Open("a", "10")),
            Stored(Open("b", "10")) with { BusinessId = "biz_b" },
            Stored() with { BusinessId = "biz_c" },
        };

        var decisions = PaymentMatching.Match([Pay("10"), Pay("5", index: 1)], stored, Noon, LateWindow);

        Assert.Equal(["a", "b", "-none", "a", "b", "-none"], decisions.Select(Short));
        Assert.Equal(
            ["biz_a", "biz_b", "biz_c"], decisions.Take(3).Select(decision => decision.BusinessId));
    }

    [Fact]
    public void A_recorded_transfer_keeps_its_decision_whatever_sessions_exist_now()
    {
        var stored = Stored(Open("a", "10"), Open("b", "10")) with
        {
            Recorded =
            [
                new("0xa", 0, "z", 7, PaymentStage.Settled, null),
                new("0xa", 1, null, 0, null, UnmatchedReason.Refused),
            ],
        };

        var decisions = PaymentMatching.Match(
            [Pay("10"), Pay("10", index: 1), Pay("10", index: 2)], [stored], Noon, LateWindow);

        Assert.Equal(["z", "-refused", "a?"], decisions.Select(Short));
        Assert.Equal([true, true, false], decisions.Select(decision => decision.IsRecorded));
        var known = Assert.IsType<MatchedTransfer>(decisions[0]);
        Assert.Equal((PaymentStage.Settled, 7), (known.Stage, known.RequiredConfirmations));
    }

    [Fact]
    public void Amounts_of_78_digits_differ_by_their_last_digit()
    {
        var amount = new string('9', 60) + "." + new string('9', 18);
        var less = amount[..^1] + "8";

        Assert.Equal(
            "b a", Decide([Open("a", amount), Open("b", less), Open("c", "1")], Pay(less), Pay(amount, index: 1)));
    }

    [Fact]
    public void A_transfer_to_an_address_that_no_session_has_used_has_no_decision()
    {
        var elsewhere = Pay("10") with
        {
            To = Recipient with { Address = "0x2222222222222222222222222222222222222222" },
        };

        Assert.Empty(PaymentMatching.Match([elsewhere], [Stored(Open("a", "10"))], Noon, LateWindow));
    }

    [Fact]
    public void A_paid_session_takes_no_more()
    {
        var paid = Open("a", "10") with { Status = PaymentStatus.Confirmed, Standing = Amount.Parse("10") };

        Assert.Equal("-none", Decide([paid], Pay("10")));
    }
}
