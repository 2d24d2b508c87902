using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;

namespace Bleepay.Tests.Silo.Money;

/// <summary>
/// The contract's rules for one session's money, written a second time: nothing is shared with the service. Amounts are
/// whole units of 0.0001; statuses, causes and events have the API's names.
/// </summary>
internal sealed record MoneyModel(
    BigInteger Asked,
    int TolerancePerMille,
    ImmutableList<ModelPayment> Payments,
    ImmutableList<ModelChange> Changes)
{
    /// <summary>Needed before a payment is final, as the service sets it by default.</summary>
    public const int Final = 12;

    private const int UnitDigits = 4;

    public static MoneyModel Opened(BigInteger asked, int tolerancePerMille) => new(
        asked, tolerancePerMille, [],
        [new ModelChange("CREATED", "CREATED", null, "deposit.created", 0, null, 0)]);

    public string Status => Changes[^1].Status;

    public bool IsFinal => Status is "CONFIRMED" or "OVERPAID" or "EXPIRED";

    public BigInteger Received => SumOf("SETTLED");

    public BigInteger Late => SumOf("LATE");

    /// <summary>The first that was seen and is not removed.</summary>
    public string? TxId => Payments.FirstOrDefault(payment => payment.Stage != "REMOVED")?.TxId;

    public int Confirmations
    {
        get
        {
            var shown = Status is "CONFIRMED" or "OVERPAID"
                ? Payments.Where(payment => payment.Stage == "SETTLED")
                : Payments.Where(payment => payment.Stage != "REMOVED");
            return shown.Select(payment => payment.Confirmations).DefaultIfEmpty(0).Min();
        }
    }

    /// <summary>The time has passed: what is still open has expired.</summary>
    public MoneyModel TimedOut() => IsFinal ? this : Add("TIMEOUT", "EXPIRED", null, "deposit.expired");

    /// <summary>Null where it can't be cancelled.</summary>
    public MoneyModel? Cancelled() => Status is "CREATED" or "PENDING"
        ? Add("CANCELLED", "EXPIRED", null, "deposit.expired")
        : null;

    /// <summary>Null where it conflicts with what was reported before.</summary>
    public MoneyModel? Reported(ModelReport report)
    {
        var place = Payments.FindIndex(payment => payment.TxId == report.TxId && payment.Index == report.Index);
        if (place < 0)
        {
            if (report.IsRemoved) return this;
            var added = this with
            {
                Payments = Payments.Add(new(report.TxId, report.Index, report.Units, "PENDING", 0)),
            };
            return added.Seen(Payments.Count, report);
        }

        var known = Payments[place];

        // A reorganisation may run the transaction again, with another outcome.
        var returns = known.Stage == "REMOVED" && !report.IsRemoved;
        if (known.Units != report.Units && !returns) return null;
        return known.Stage switch
        {
            "REMOVED" when returns => Returned(place, report),
            "REMOVED" => this,
            "PENDING" when report.IsRemoved => Vanished(place),
            "PENDING" when report.Confirmations >= Final => Settled(place, report.Confirmations),
            "PENDING" when report.Confirmations > known.Confirmations => Confirming(place, report.Confirmations),
            _ => this,
        };
    }

    /// <summary>As the API writes amounts that it has added up.</summary>
    public static string Text(BigInteger units)
    {
        var digits = units.ToString(CultureInfo.InvariantCulture).PadLeft(UnitDigits + 1, '0');
        return $"{digits[..^UnitDigits]}.{digits[^UnitDigits..]}".TrimEnd('0').TrimEnd('.');
    }

    private MoneyModel Returned(int place, ModelReport report)
    {
        var payments = Payments.SetItem(place, Payments[place] with { Units = report.Units });
        return (this with { Payments = payments }).Seen(place, report);
    }

    private MoneyModel Seen(int place, ModelReport report)
    {
        var cause = Status == "PENDING" ? "PAYMENT_ADDED" : "PAYMENT_SEEN";
        var isFirstOpen = !IsFinal && cause == "PAYMENT_SEEN";
        var seen = With(place, "PENDING", report.Confirmations)
            .Add(cause, IsFinal ? Status : "PENDING", place, isFirstOpen ? "deposit.pending" : null);
        return report.Confirmations >= Final ? seen.Settled(place, report.Confirmations) : seen;
    }

    private MoneyModel Confirming(int place, int confirmations) =>
        With(place, "PENDING", confirmations).Add("PAYMENT_CONFIRMING", Status, place, null);

    private MoneyModel Settled(int place, int confirmations)
    {
        if (IsFinal) return With(place, "LATE", confirmations).Add("PAYMENT_LATE", Status, place, "deposit.paid_late");
        var settled = With(place, "SETTLED", confirmations);
        var status = settled.StatusByMoney();
        return settled.Add("PAYMENT_SETTLED", status, place, status switch
        {
            "CONFIRMED" => "deposit.confirmed",
            "OVERPAID" => "deposit.overpaid",
            "UNDERPAID" => "deposit.underpaid",
            _ => null,
        });
    }

    private MoneyModel Vanished(int place)
    {
        var left = With(place, "REMOVED", 0);
        var status = IsFinal ? Status : left.StatusByMoney();
        return left.Add("PAYMENT_REMOVED", status, place, status == "UNDERPAID" ? "deposit.underpaid" : null);
    }

    private string StatusByMoney()
    {
        var received = Received;
        if (received > Asked) return "OVERPAID";
        if (received * 1000 >= Asked * (1000 - TolerancePerMille)) return "CONFIRMED";
        if (Payments.Any(payment => payment.Stage == "PENDING")) return "PENDING";
        return received > 0 ? "UNDERPAID" : "CREATED";
    }

    private MoneyModel With(int place, string stage, int confirmations) => this with
    {
        Payments = Payments.SetItem(place, Payments[place] with { Stage = stage, Confirmations = confirmations }),
    };

    private MoneyModel Add(string cause, string status, int? place, string? eventType)
    {
        var payment = place is { } known ? Payments[known] : null;
        var change = new ModelChange(cause, status, payment, eventType, Received, TxId, Changes.Count);
        return this with { Changes = Changes.Add(change) };
    }

    private BigInteger SumOf(string stage) => Payments
        .Where(payment => payment.Stage == stage)
        .Aggregate(BigInteger.Zero, (sum, payment) => sum + payment.Units);
}

/// <summary>One transfer as the session has it.</summary>
internal sealed record ModelPayment(string TxId, int Index, BigInteger Units, string Stage, int Confirmations);

/// <summary>One change, and what is shown and sent of it.</summary>
/// <param name="Payment">The payment that caused it, as it was after the change.</param>
/// <param name="Event">The webhook's type, or null.</param>
/// <param name="Place">From 0.</param>
internal sealed record ModelChange(
    string Cause,
    string Status,
    ModelPayment? Payment,
    string? Event,
    BigInteger Received,
    string? TxId,
    int Place)
{
    public int Sequence => Place + 1;
}

/// <summary>What is reported of one transfer; its id as the API writes it.</summary>
internal sealed record ModelReport(string TxId, int Index, BigInteger Units, int Confirmations, bool IsRemoved);
