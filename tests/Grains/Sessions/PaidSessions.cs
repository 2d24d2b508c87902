using Bleepay.Grains.Sessions;

namespace Bleepay.Tests.Grains.Sessions;

/// <summary>Sessions that ask for 100 and need 12 confirmations, and what is reported of them.</summary>
internal static class PaidSessions
{
    public const int Final = 12;

    public static readonly DateTimeOffset Noon = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset End = Noon.AddMinutes(30);

    public static DepositSession Opened(string amount = "100", string? tolerance = null)
    {
        var terms = new SessionTerms(amount, "USDC", "polygon", "", "0xShop", null, null, null);
        var command = new CreateDepositSession("biz_1", "wdgt_1", terms, "key", [1], tolerance, default, null);
        return SessionRules.Decide(null, new Creation("dep_1", command, End - Noon, Final), Noon).Session!;
    }

    public static PaymentReport Report(string transactionId, string amount, int confirmations, int index = 0) =>
        new(new PaymentKey(transactionId, index), amount, confirmations, false, null, null);

    public static PaymentReport Removal(string transactionId, string amount) =>
        Report(transactionId, amount, 0) with { IsRemoved = true };

    /// <summary>The session after accepted reports, one minute before its end.</summary>
    public static DepositSession After(this DepositSession session, params PaymentReport[] reports) =>
        session.At(End.AddMinutes(-1), reports);

    public static DepositSession At(
        this DepositSession session, DateTimeOffset now, params PaymentReport[] reports) =>
        reports.Aggregate(
            session, (known, report) => SessionRules.Decide(known, new ReportedPayment(report), now).Session!);

    public static DepositSession Cancelled(this DepositSession session) =>
        SessionRules.Decide(session, new Cancellation(), End.AddMinutes(-1)).Session!;

    public static DepositSession TimedOut(this DepositSession session) =>
        SessionRules.Decide(session, new Expiry(), End).Session!;

    public static SessionView View(this DepositSession session) => SessionRules.View(session, End.AddMinutes(-1));
}
