using Bleepay.Grains;
using Bleepay.Grains.Sessions;
using Bleepay.Tests.Silo.Storage;

namespace Bleepay.Tests.Grains.Sessions;

/// <summary>The erasure of a customer's data, as a rule.</summary>
public sealed class ErasureRulesTests
{
    private static readonly DepositSession Open = TestStore.Opened("dep_1", reference: "order-1");
    private static readonly DepositSession Ended = TestStore.Closed(Open);
    private static readonly DateTimeOffset Later = Ended.CreatedAt.AddDays(40);

    [Fact]
    public void The_customers_data_and_its_fingerprint_are_gone_and_the_record_of_the_payment_stays()
    {
        var erased = Erase(Ended);

        Assert.Equal(
            Ended.Terms with { CustomerEmail = null, CustomerReference = null, Metadata = null }, erased.Terms);
        Assert.Empty(erased.Fingerprint);
        Assert.Equal((Ended.Status, Ended.Sequence + 1, Later), (erased.Status, erased.Sequence, erased.ErasedAt));
        Assert.Equal(ChangeCause.CustomerErased, erased.Timeline[^1].Cause);
        Assert.Equal(Ended.Timeline[^1].Totals, erased.Timeline[^1].Totals);
        Assert.Equal(ExpiryReason.Cancelled, erased.EndedBy);
    }

    [Fact]
    public void A_second_erasure_changes_nothing()
    {
        var erased = Erase(Ended);

        Assert.Same(erased, SessionRules.Decide(erased, new Erasure(), Later.AddDays(1)).Session);
    }

    [Fact]
    public void An_open_session_is_refused()
    {
        var decision = SessionRules.Decide(Open, new Erasure(), Open.CreatedAt);

        Assert.Equal(RefusalCode.CannotErase, decision.Refusal!.Code);
        Assert.Null(decision.Session);
    }

    [Theory]
    [InlineData(1, 2, 3)]
    [InlineData(9, 9, 9)]
    public void Its_key_returns_the_session_whatever_the_body_is(byte one, byte two, byte three)
    {
        var erased = Erase(Ended);
        var command = new CreateDepositSession(
            erased.BusinessId, erased.WidgetId, Open.Terms, erased.SecretKeyId, [one, two, three], null, default, null);

        var decision = SessionRules.Decide(erased, new Creation(erased.Id, command, TestStore.Lifetime, 12), Later);

        Assert.Same(erased, decision.Session);
    }

    [Fact]
    public void A_late_payment_is_recorded_after_the_erasure()
    {
        var report = new PaymentReport(new PaymentKey("0xa", 0), "100.10", 12, false, null, null);

        var paid = SessionRules.Decide(Erase(Ended), new ReportedPayment(report), Later).Session!;

        Assert.Equal(ChangeCause.PaymentLate, paid.Timeline[^1].Cause);
        Assert.Null(paid.Terms.CustomerReference);
        Assert.Equal(Later, paid.ErasedAt);
    }

    private static DepositSession Erase(DepositSession session) =>
        SessionRules.Decide(session, new Erasure(), Later).Session!;
}
