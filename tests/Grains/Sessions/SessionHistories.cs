using Bleepay.Grains.Sessions;
using CsCheck;
using static Bleepay.Tests.Grains.Sessions.PaidSessions;

namespace Bleepay.Tests.Grains.Sessions;

/// <summary>
/// Random histories of one session: reports of a few payments in any order, repeated, overtaken and taken back, among
/// cancellations and deadlines, before and after the session's end.
/// </summary>
internal static class SessionHistories
{
    /// <summary>What each payment is worth; the last two make sums of more than 32 characters.</summary>
    public static readonly (PaymentKey Key, string Amount)[] Payments =
    [
        (new("A", 0), "60"), (new("A", 1), "40"), (new("B", 0), "0.5"), (new("0xc", 0), "97.50"),
        (new("D", 0), "0.000000000000000000000000000001"), (new("E", 0), "99999999999999999999999999999999"),
    ];

    private static readonly string[] Asked = ["100", "0.5", "100.000000000000000000000000000001"];
    private static readonly string?[] Tolerances = [null, "0", "2.5", "10"];

    /// <summary>Mostly those that matter: around what makes a payment final.</summary>
    private static readonly int[] ConfirmationCounts = [0, 1, Final - 1, Final, Final, Final + 1];

    private static readonly Gen<SessionInput> Input = Gen.Frequency(
        (20, Report(Gen.Const(false))),
        (3, Report(Gen.Const(true))),
        (1, Gen.Const<SessionInput>(new Cancellation())),
        (2, Gen.Const<SessionInput>(new Expiry())));

    /// <summary>Up to four minutes pass before each step; a few clocks run back.</summary>
    private static readonly Gen<Step> NextStep = Gen.Select(
        Input, Gen.Int[-5, 240], Gen.Enum<Crash>(), (input, seconds, crash) => new Step(input, seconds, crash));

    public static Gen<History> All(int stepsMax) => Gen.Select(
        Gen.OneOf(Asked), Gen.OneOf(Tolerances), NextStep.Array[1, stepsMax],
        (asked, tolerance, steps) => new History(asked, tolerance, steps));

    private static Gen<SessionInput> Report(Gen<bool> isRemoved) => Gen.Select(
        Gen.OneOf(Payments), Gen.OneOf(ConfirmationCounts), isRemoved, Gen.Int[0, 2000].Nullable(0.5),
        (payment, confirmations, removed, observedAt) => (SessionInput)new ReportedPayment(new PaymentReport(
            payment.Key, payment.Amount, confirmations, removed, null,
            observedAt is { } seconds ? Noon.AddSeconds(seconds) : null)));
}

internal sealed record History(string Asked, string? Tolerance, Step[] Steps)
{
    public override string ToString() => $"{Asked} ±{Tolerance}: {string.Join(", ", (object[])Steps)}";
}

/// <summary>One input, its delay in seconds after the one before, and the crash in the middle of it.</summary>
internal sealed record Step(SessionInput Input, int Seconds, Crash Crash);

internal enum Crash
{
    None,

    /// <summary>What was decided is lost.</summary>
    BeforeStore,

    /// <summary>It is stored, and nothing is sent.</summary>
    BeforeAct,
}
