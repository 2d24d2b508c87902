using Bleepay.Gateway.Checkout;
using Bleepay.Tests.Grains.Sessions;

namespace Bleepay.Tests.Gateway.Checkout;

/// <summary>What a developer can let the chain show of a demo session.</summary>
public sealed class SimulatedPaymentTests
{
    /// <summary>Outcomes in their order, and the status, amounts and confirmations after them.</summary>
    public static TheoryData<string, string> Histories => new()
    {
        { "Seen", "PENDING 0 + 100, 0" },
        { "Seen Confirmations Confirmations", "PENDING 0 + 100, 2" },
        { "Seen Confirmations Final", "CONFIRMED 100 + 0, 12" },
        { "Final", "CONFIRMED 100 + 0, 12" },
        { "Partial", "UNDERPAID 60 + 0, 12" },
        { "Partial Seen", "PENDING 60 + 40, 0" },
        { "Partial Seen Final", "CONFIRMED 100 + 0, 12" },
        { "Partial Excess", "OVERPAID 210 + 0, 12" },
        { "Excess", "OVERPAID 150 + 0, 12" },
        { "Seen Removed", "CREATED 0 + 0, 0" },
        { "Seen Seen Removed Final", "CONFIRMED 100 + 0, 12" },
    };

    [Theory]
    [MemberData(nameof(Histories))]
    public void Each_outcome_is_a_report_of_one_payment(string outcomes, string expected)
    {
        var session = PaidSessions.Opened();
        var number = 0;
        foreach (var outcome in outcomes.Split(' ').Select(Enum.Parse<SimulatedOutcome>))
        {
            Assert.True(
                SimulatedPayment.Of(session.View(), outcome, $"0x{++number}").TryGet(out var report, out _));
            session = session.After(report);
        }

        var view = session.View();
        Assert.Equal(
            expected,
            $"{view.Status.ToString().ToUpperInvariant()} {view.ReceivedAmount} + {view.PendingAmount}, " +
            $"{view.Confirmations}");
    }

    [Theory]
    [InlineData("Confirmations")]
    [InlineData("Removed")]
    public void What_needs_a_pending_payment_is_refused_without_one(string outcome)
    {
        var refused = SimulatedPayment.Of(
            PaidSessions.Opened().View(), Enum.Parse<SimulatedOutcome>(outcome), "0x1").Refusal!;

        Assert.Equal("outcome", Assert.Single(refused.Errors).Path);
    }

    [Fact]
    public void A_paid_session_gets_its_whole_amount_once_more()
    {
        var paid = PaidSessions.Opened().After(SimulatedPayment.Of(
            PaidSessions.Opened().View(), SimulatedOutcome.Final, "0x1").Value!);

        Assert.Equal("100", SimulatedPayment.Of(paid.View(), SimulatedOutcome.Seen, "0x2").Value!.Amount);
    }

    [Fact]
    public void Transaction_ids_look_like_a_chains() =>
        Assert.Matches("^0x[0-9a-f]{64}\\z", SimulatedPayment.NewTransactionId());
}
