using System.Security.Cryptography;
using Bleepay.Grains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Sessions;

namespace Bleepay.Gateway.Checkout;

/// <summary>What a chain could show next of a session.</summary>
internal enum SimulatedOutcome
{
    /// <summary>A payment of the missing rest, in no block yet.</summary>
    Seen,

    /// <summary>One more confirmation of the last pending payment.</summary>
    Confirmations,

    /// <summary>The last pending payment is final; without one, a final payment of the missing rest.</summary>
    Final,

    /// <summary>A final payment of 60 % of the amount.</summary>
    Partial,

    /// <summary>A final payment of 150 % of the amount.</summary>
    Excess,

    /// <summary>The last pending payment has vanished in a reorganisation.</summary>
    Removed,
}

/// <summary>Makes the report that a payment processor would send. Pure.</summary>
internal static class SimulatedPayment
{
    private static readonly Amount PartialShare = Amount.Parse("0.6");
    private static readonly Amount ExcessShare = Amount.Parse("1.5");

    private static readonly Refusal NothingPending = Refusal.Validation(
        [new("outcome", "must follow a payment that is pending")]);

    /// <param name="transactionId">Of a payment that is new.</param>
    /// <returns>The report, or <c>ValidationFailed</c> if the outcome needs a pending payment and none is.</returns>
    public static Result<PaymentReport> Of(SessionView session, SimulatedOutcome outcome, string transactionId)
    {
        var pending = session.Payments.LastOrDefault(payment => payment.Stage == PaymentStage.Pending);
        var asked = Amount.Parse(session.Terms.Amount);
        return outcome switch
        {
            SimulatedOutcome.Seen => New(MissingOf(session), 0),
            SimulatedOutcome.Partial => New(asked * PartialShare, session.RequiredConfirmations),
            SimulatedOutcome.Excess => New(asked * ExcessShare, session.RequiredConfirmations),
            SimulatedOutcome.Final when pending is null => New(MissingOf(session), session.RequiredConfirmations),
            _ when pending is null => NothingPending,
            SimulatedOutcome.Final => Next(session.RequiredConfirmations),
            SimulatedOutcome.Confirmations => Next(pending.Confirmations + 1),
            SimulatedOutcome.Removed => Next(0, isRemoved: true),
            _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, null),
        };

        PaymentReport New(Amount amount, int confirmations) =>
            new(new PaymentKey(transactionId, 0), amount.ToString(), confirmations, false, null, null);

        PaymentReport Next(int confirmations, bool isRemoved = false) =>
            new(pending.Key, pending.Amount, confirmations, isRemoved, pending.From, pending.ObservedAt);
    }

    /// <summary>32 random bytes, as a chain names a transaction.</summary>
    public static string NewTransactionId() => "0x" + RandomNumberGenerator.GetHexString(64, lowercase: true);

    /// <summary>The whole amount where nothing is missing: a payment too much.</summary>
    private static Amount MissingOf(SessionView session)
    {
        var asked = Amount.Parse(session.Terms.Amount);
        var paid = Amount.Parse(session.ReceivedAmount) + Amount.Parse(session.PendingAmount);
        if (asked <= paid) return asked;
        var scale = Math.Max(asked.Scale, paid.Scale);
        return Amount.Of(asked.Units(scale) - paid.Units(scale), scale);
    }
}
