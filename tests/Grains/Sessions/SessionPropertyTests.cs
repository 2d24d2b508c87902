using System.Globalization;
using System.Numerics;
using Bleepay.Grains.Sessions;
using CsCheck;
using static Bleepay.Tests.Grains.Sessions.PaidSessions;

namespace Bleepay.Tests.Grains.Sessions;

/// <summary>What holds of every session, whatever happens to it in whatever order, and whatever breaks.</summary>
public sealed class SessionPropertyTests
{
    private const int StepsMax = 30;

    private static readonly int Histories =
        int.TryParse(Environment.GetEnvironmentVariable("SESSION_HISTORIES"), out var given) ? given : 5_000;

    /// <summary>Enough for every digit behind the point.</summary>
    private const int Scale = 40;

    /// <summary>The contract's table; a status may also stay while something else changes.</summary>
    private static readonly Dictionary<PaymentStatus, PaymentStatus[]> Leaves = new()
    {
        [PaymentStatus.Created] = [PaymentStatus.Pending, PaymentStatus.Expired],
        [PaymentStatus.Pending] =
        [
            PaymentStatus.Pending, PaymentStatus.Confirmed, PaymentStatus.Overpaid, PaymentStatus.Underpaid,
            PaymentStatus.Created, PaymentStatus.Expired,
        ],
        [PaymentStatus.Underpaid] = [PaymentStatus.Pending, PaymentStatus.Expired],
        [PaymentStatus.Confirmed] = [PaymentStatus.Confirmed],
        [PaymentStatus.Overpaid] = [PaymentStatus.Overpaid],
        [PaymentStatus.Expired] = [PaymentStatus.Expired],
    };

    [Fact]
    public void Final_is_final_events_and_states_agree_amounts_add_up_and_nothing_is_applied_twice() =>
        SessionHistories.All(StepsMax).Sample(
            history =>
            {
                var (stored, now) = (Opened(history.Asked, history.Tolerance), Noon);
                foreach (var step in history.Steps)
                {
                    now = now.AddSeconds(step.Seconds);
                    stored = Happen(stored, step, now);
                }

                // Whatever was lost is reported again in the end, so all the money is accounted for.
                var all = SessionHistories.Payments
                    .Select(payment => new PaymentReport(payment.Key, payment.Amount, Final, false, null, null))
                    .ToArray();
                MustAccountFor(stored.At(now, all), SessionHistories.Payments.Select(payment => payment.Amount));
            },
            iter: Histories,
            print: history => history.ToString());

    /// <summary>As a grain decides, stores and acts, and a caller repeats what was not answered.</summary>
    private static DepositSession Happen(DepositSession stored, Step step, DateTimeOffset now)
    {
        var decision = SessionRules.Decide(stored, step.Input, now);
        if (decision.Refusal is not null || step.Crash == Crash.BeforeStore) return stored;

        var after = decision.Session!;
        MustFollow(stored, after, now);
        MustAgree(after);
        if (step.Crash == Crash.BeforeAct || step.Input is not Cancellation)
            MustAnswerTheSame(after, step.Input, now);
        return after;
    }

    private static void MustAnswerTheSame(DepositSession session, SessionInput input, DateTimeOffset now)
    {
        var again = SessionRules.Decide(session, input, now);

        if (input is Cancellation) Assert.Null(again.Session);
        else Assert.Same(session, again.Session);
    }

    private static void MustFollow(DepositSession before, DepositSession after, DateTimeOffset now)
    {
        Assert.Equal(before.Timeline, after.Timeline.Take(before.Timeline.Length));
        Assert.Equal(Enumerable.Range(1, after.Sequence), after.Timeline.Select(change => change.Sequence));
        for (var index = before.Timeline.Length; index < after.Timeline.Length; index++)
            Assert.Contains(after.Timeline[index].Status, Leaves[after.Timeline[index - 1].Status]);
        if (after.Sequence > before.Sequence && now >= after.ExpiresAt) Assert.True(after.IsFinal);

        foreach (var payment in before.Payments)
        {
            var known = Assert.Single(after.Payments, other => other.Key == payment.Key);
            if (payment.Stage is PaymentStage.Settled or PaymentStage.Late) Assert.Equal(payment, known);
        }

        if (!before.IsFinal) return;
        Assert.Equal(before.Status, after.Status);
        Assert.Equal(before.View().ReceivedAmount, after.View().ReceivedAmount);
        Assert.Equal(before.View().ConfirmedAt, after.View().ConfirmedAt);
    }

    private static void MustAgree(DepositSession session)
    {
        var view = session.View();
        var received = SumOf(session, PaymentStage.Settled);
        Assert.Equal(received, Units(view.ReceivedAmount));
        Assert.Equal(SumOf(session, PaymentStage.Late), Units(view.LateAmount));
        Assert.Equal(SumOf(session, PaymentStage.Pending), Units(view.PendingAmount));
        Assert.DoesNotContain(".0", (view.ReceivedAmount + '|')[^2..], StringComparison.Ordinal);
        MustSettleOnce(session);

        var asked = Units(session.Terms.Amount);
        var tolerance = Units(session.UnderpaymentTolerancePercent ?? "0") / Tenth;
        var isEnough = received * 1_000 >= asked * (1_000 - tolerance);
        var isAwaited = session.Payments.Any(payment => payment.Stage == PaymentStage.Pending);
        var expected = received > asked ? PaymentStatus.Overpaid
            : isEnough ? PaymentStatus.Confirmed
            : isAwaited ? PaymentStatus.Pending
            : received > 0 ? PaymentStatus.Underpaid
            : PaymentStatus.Created;
        if (session.Status != PaymentStatus.Expired) Assert.Equal(expected, session.Status);
        else Assert.False(isEnough);
    }

    /// <summary>A final payment has become so by one change: before the session's end, or late.</summary>
    private static void MustSettleOnce(DepositSession session)
    {
        foreach (var payment in session.Payments)
        {
            var settled = session.Timeline.Where(change =>
                change.Payment == payment.Key
                && change.Cause is ChangeCause.PaymentSettled or ChangeCause.PaymentLate).ToList();
            if (payment.Stage is PaymentStage.Pending or PaymentStage.Removed) Assert.Empty(settled);
            else Assert.Equal(payment.SettledAt, Assert.Single(settled).At);
        }

        foreach (var change in session.Timeline.Skip(1))
        {
            var before = session.Timeline[change.Sequence - 2].Status;
            if (change.Cause == ChangeCause.PaymentSettled) Assert.False(before.IsFinal());
            if (change.Cause == ChangeCause.PaymentSettled) Assert.True(change.At < session.ExpiresAt);
            if (change.Cause == ChangeCause.PaymentLate) Assert.True(before.IsFinal());
            if (change.Cause == ChangeCause.Timeout) Assert.True(change.At >= session.ExpiresAt);
        }
    }

    private static void MustAccountFor(DepositSession session, IEnumerable<string> amounts) => Assert.Equal(
        amounts.Aggregate(BigInteger.Zero, (sum, amount) => sum + Units(amount)),
        Units(session.View().ReceivedAmount) + Units(session.View().LateAmount));

    private static BigInteger SumOf(DepositSession session, PaymentStage stage) => session.Payments
        .Where(payment => payment.Stage == stage)
        .Aggregate(BigInteger.Zero, (sum, payment) => sum + Units(payment.Amount));

    private static readonly BigInteger Tenth = BigInteger.Pow(10, Scale - 1);

    private static BigInteger Units(string amount)
    {
        var parts = amount.Split('.');
        var fraction = parts.Length == 2 ? parts[1] : "";
        return BigInteger.Parse(parts[0] + fraction.PadRight(Scale, '0'), CultureInfo.InvariantCulture);
    }
}
