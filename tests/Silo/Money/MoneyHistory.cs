using System.Numerics;
using CsCheck;

namespace Bleepay.Tests.Silo.Money;

/// <summary>What happens to one session: before its end, and after it.</summary>
/// <param name="Amounts">Of the payments that may be reported, in units of 0.0001.</param>
/// <param name="IsFollowed">Its event stream is read from its opening to its end.</param>
internal sealed record MoneyHistory(
    BigInteger Asked,
    string? Tolerance,
    BigInteger[] Amounts,
    bool IsFollowed,
    MoneyStep[] Before,
    MoneyStep[] After)
{
    private const int BeforeMax = 10;
    private const int AfterMax = 4;
    private const int Payments = 4;

    /// <summary>The widget's tolerance, and how much of the amount it leaves.</summary>
    private static readonly (string? Percent, int PerMille)[] Tolerances =
        [(null, 0), ("0", 0), ("2.5", 25), ("10", 100)];

    private static readonly BigInteger[] AskedAmounts = [1_000_000, 5_000, 123_456_789];

    private static readonly int[] Confirmations = [0, 1, 6, 11, 12, 12, 12, 13];

    private static readonly Gen<MoneyStep> Step = Gen.Frequency<MoneyStep>(
        (14, from payment in Gen.Int[0, Payments - 1]
             from confirmations in Gen.OneOf(Confirmations)
             from isRemoved in Gen.Frequency((6, Gen.Const(false)), (1, Gen.Const(true)))
             from isConflict in Gen.Frequency((12, Gen.Const(false)), (1, Gen.Const(true)))
             from isUpperCase in Gen.Bool
             from isPadded in Gen.Bool
             select (MoneyStep)new ReportStep(payment, confirmations, isRemoved, isConflict, isUpperCase, isPadded)),
        (1, Gen.Const<MoneyStep>(new CancelStep())),
        (2, Gen.Const<MoneyStep>(new ReadStep())),
        (1, Gen.Const<MoneyStep>(new ListStep())),
        (1, Gen.Const<MoneyStep>(new OpenAgainStep())));

    /// <summary>Initialised after what it is made of.</summary>
    public static Gen<MoneyHistory> All { get; } =
        from asked in Gen.OneOf(AskedAmounts)
        from tolerance in Gen.OneOf(Tolerances)
        from amounts in AmountFor(asked, tolerance.PerMille).Array[Payments]
        from isFollowed in Gen.Bool
        from before in Step.Array[1, BeforeMax]
        from after in Step.Array[0, AfterMax]
        select new MoneyHistory(asked, tolerance.Percent, amounts, isFollowed, before, after);

    public static IEnumerable<string?> AllTolerances => Tolerances.Select(tolerance => tolerance.Percent);

    public int TolerancePerMille => Tolerances.Single(tolerance => tolerance.Percent == Tolerance).PerMille;

    /// <summary>All of it, parts that add up to it, and amounts around it and around the tolerance's edge.</summary>
    private static Gen<BigInteger> AmountFor(BigInteger asked, int tolerancePerMille)
    {
        var edge = ((asked * (1000 - tolerancePerMille)) + 999) / 1000;
        BigInteger[] amounts =
            [asked, asked * 6 / 10, asked - (asked * 6 / 10), asked / 2, asked + 1, asked - 1, edge, edge - 1, 1];
        return Gen.OneOf(amounts);
    }

    public override string ToString() =>
        $"{MoneyModel.Text(Asked)} ±{Tolerance} by [{string.Join(' ', Amounts.Select(MoneyModel.Text))}]" +
        $"{(IsFollowed ? " followed" : "")}: {string.Join(", ", (object[])Before)}" +
        $" | {string.Join(", ", (object[])After)}";
}

/// <summary>One request.</summary>
internal abstract record MoneyStep;

/// <param name="Payment">Which of the history's.</param>
/// <param name="IsConflict">With another amount than before.</param>
/// <param name="IsUpperCase">The transaction's id is written in upper case.</param>
/// <param name="IsPadded">The amount is written with zeros that carry no value.</param>
internal sealed record ReportStep(
    int Payment, int Confirmations, bool IsRemoved, bool IsConflict, bool IsUpperCase, bool IsPadded) : MoneyStep
{
    public override string ToString() =>
        $"{(IsRemoved ? "remove" : "report")} {Payment}×{Confirmations}{(IsConflict ? " other amount" : "")}";
}

internal sealed record CancelStep : MoneyStep
{
    public override string ToString() => "cancel";
}

internal sealed record ReadStep : MoneyStep
{
    public override string ToString() => "read";
}

internal sealed record ListStep : MoneyStep
{
    public override string ToString() => "list";
}

/// <summary>The request that has opened the session once more, with its Idempotency-Key.</summary>
internal sealed record OpenAgainStep : MoneyStep
{
    public override string ToString() => "open again";
}
