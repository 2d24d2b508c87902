using Bleepay.Grains.Fields;
using Bleepay.Grains.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Bleepay.Grains.Chains;

/// <summary>
/// Assigns one unmatched payment. The claim is stored before the session is called, and released if it refuses: a
/// payment without a claim is in no session by this grain. Its calls do not interleave.
/// </summary>
/// <remarks>
/// If the session's answer is lost, the claim stays. The same call again completes it, and a watcher that still follows
/// the transfer reports it to the claimed session.
/// </remarks>
[GrainType("unmatchedpayment")]
[CollectionAgeLimit(Minutes = 2)]
public sealed partial class UnmatchedPaymentGrain(
    IUnmatchedPayments payments,
    [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider clock,
    ILogger<UnmatchedPaymentGrain> logger)
    : Grain, IUnmatchedPaymentGrain
{
    private static readonly Refusal NotFound = Refusal.NotFound("unmatched payment");

    private static readonly Refusal MayNotAssign = new(
        RefusalCode.Forbidden, "Only a token with the scope payments:report may assign payments.");

    private static readonly Refusal Taken = new(
        RefusalCode.PaymentConflict,
        "The payment is assigned to another session or recorded in one. A payment counts once.");

    private string Id => this.GetPrimaryKeyString();

    public async Task<Result<SessionView>> Assign(AssignPayment command)
    {
        if (await payments.Find(Id) is not { } payment || payment.BusinessId != command.BusinessId) return NotFound;
        if (!command.Caller.ReportsFor(command.BusinessId))
            return command.Caller.IsMemberOf(command.BusinessId) ? MayNotAssign : NotFound;
        if (command.Unacceptable is { } unacceptable) return unacceptable;

        var sessionId = command.SessionId ?? throw new ArgumentException("A session is named.", nameof(command));
        var session = GrainFactory.DepositSession(sessionId);
        var read = await session.Read(new Member([command.BusinessId]));
        if (!read.TryGet(out var view, out _) || !IsPaidBy(view.Terms, payment)) return WrongSession;

        if (await payments.Claim(Id, sessionId, clock.GetUtcNow()) is not { } claim) return Taken;
        var reported = await session.ReportPayment(new ReportPayment(
            new PaymentReporter([command.BusinessId]), ReportOf(claim, view.RequiredConfirmations), null));
        if (reported.TryGet(out _, out var refusal))
        {
            LogAssigned(Id, sessionId);
            return reported;
        }

        await payments.Release(Id, sessionId);
        return refusal;
    }

    private static Refusal WrongSession => Refusal.Validation([new(
        "sessionId",
        "must be a session of this business with the payment's network, currencyAddress and depositAddress")]);

    private static bool IsPaidBy(SessionTerms terms, UnmatchedPayment payment) =>
        terms.Network == payment.Network
        && FieldRules.NormalAddress(terms.CurrencyAddress) == payment.CurrencyAddress
        && FieldRules.NormalAddress(terms.DepositAddress) == payment.DepositAddress;

    /// <summary>A settled transfer is final for the session too, since no watcher reports it again.</summary>
    private static PaymentReport ReportOf(UnmatchedClaim claim, int requiredConfirmations) => new(
        new PaymentKey(claim.Payment.TransactionId, claim.Payment.Index),
        claim.Payment.Amount,
        claim.IsSettled ? Math.Max(claim.Payment.Confirmations, requiredConfirmations) : claim.Payment.Confirmations,
        IsRemoved: false,
        claim.Payment.From,
        claim.BlockTime);

    [LoggerMessage(LogLevel.Information, "Unmatched payment {PaymentId} is assigned to session {SessionId}")]
    private partial void LogAssigned(string paymentId, string sessionId);
}
