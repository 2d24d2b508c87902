using Bleepay.Grains;
using Bleepay.Grains.Sessions;
using static Bleepay.Tests.Grains.Sessions.PaidSessions;

namespace Bleepay.Tests.Grains.Sessions;

/// <summary>
/// Every cell of the table: where a session stands, times what is reported of it, before its end and at its end.
/// </summary>
public sealed class PaymentTableTests
{
    private const string Nothing = "";
    private const string Conflict = "conflict";

    /// <summary>A is the payment that the session may have, of the given amount; B and C are new to it.</summary>
    private static readonly Dictionary<string, Func<string, PaymentReport>> Inputs = new()
    {
        ["B 40 seen"] = _ => Report("B", "40", 1),
        ["B 40 final"] = _ => Report("B", "40", Final),
        ["B 100 final"] = _ => Report("B", "100", Final),
        ["B 101 final"] = _ => Report("B", "101", Final + 1),
        ["A again"] = amount => Report("A", amount, 3),
        ["A more"] = amount => Report("A", amount, Final - 1),
        ["A fewer"] = amount => Report("A", amount, 2),
        ["A final"] = amount => Report("A", amount, Final),
        ["A removed"] = amount => Removal("A", amount),
        ["A other amount"] = _ => Report("A", "7", 5),
        ["C removed"] = _ => Removal("C", "1"),
    };

    /// <summary>Each session, the amount of its payment A, and for each input the changes that follow.</summary>
    private static readonly Dictionary<string, (DepositSession Session, string Amount, string[] Cells)> Table = new()
    {
        ["nothing seen"] = (Opened(), "60",
        [
            "Pending/Seen", "Pending/Seen Underpaid/Settled", "Pending/Seen Confirmed/Settled",
            "Pending/Seen Overpaid/Settled", "Pending/Seen", "Pending/Seen", "Pending/Seen",
            "Pending/Seen Underpaid/Settled", Nothing, "Pending/Seen", Nothing,
        ]),
        ["vanished"] = (Opened().After(Report("A", "60", 3), Removal("A", "60")), "60",
        [
            "Pending/Seen", "Pending/Seen Underpaid/Settled", "Pending/Seen Confirmed/Settled",
            "Pending/Seen Overpaid/Settled", "Pending/Seen", "Pending/Seen", "Pending/Seen",
            "Pending/Seen Underpaid/Settled", Nothing, "Pending/Seen", Nothing,
        ]),
        ["pending"] = (Opened().After(Report("A", "60", 3)), "60",
        [
            "Pending/Added", "Pending/Added Pending/Settled", "Pending/Added Confirmed/Settled",
            "Pending/Added Overpaid/Settled", Nothing, "Pending/Confirming", Nothing, "Underpaid/Settled",
            "Created/Removed", Conflict, Nothing,
        ]),
        ["pending in full"] = (Opened().After(Report("A", "100", 3)), "100",
        [
            "Pending/Added", "Pending/Added Pending/Settled", "Pending/Added Confirmed/Settled",
            "Pending/Added Overpaid/Settled", Nothing, "Pending/Confirming", Nothing, "Confirmed/Settled",
            "Created/Removed", Conflict, Nothing,
        ]),
        ["underpaid, topped up"] = (Opened().After(Report("0", "60", Final), Report("A", "60", 3)), "60",
        [
            "Pending/Added", "Pending/Added Confirmed/Settled", "Pending/Added Overpaid/Settled",
            "Pending/Added Overpaid/Settled", Nothing, "Pending/Confirming", Nothing, "Overpaid/Settled",
            "Underpaid/Removed", Conflict, Nothing,
        ]),
        ["underpaid"] = (Opened().After(Report("A", "60", Final)), "60",
        [
            "Pending/Seen", "Pending/Seen Confirmed/Settled", "Pending/Seen Overpaid/Settled",
            "Pending/Seen Overpaid/Settled", Nothing, Nothing, Nothing, Nothing, Nothing, Conflict, Nothing,
        ]),
        ["confirmed"] = (Opened().After(Report("A", "100", Final)), "100",
        [
            "Confirmed/Seen", "Confirmed/Seen Confirmed/Late", "Confirmed/Seen Confirmed/Late",
            "Confirmed/Seen Confirmed/Late", Nothing, Nothing, Nothing, Nothing, Nothing, Conflict, Nothing,
        ]),
        ["overpaid"] = (Opened().After(Report("A", "101", Final)), "101",
        [
            "Overpaid/Seen", "Overpaid/Seen Overpaid/Late", "Overpaid/Seen Overpaid/Late",
            "Overpaid/Seen Overpaid/Late", Nothing, Nothing, Nothing, Nothing, Nothing, Conflict, Nothing,
        ]),
        ["expired"] = (Opened().TimedOut(), "60",
        [
            "Expired/Seen", "Expired/Seen Expired/Late", "Expired/Seen Expired/Late", "Expired/Seen Expired/Late",
            "Expired/Seen", "Expired/Seen", "Expired/Seen", "Expired/Seen Expired/Late", Nothing, "Expired/Seen",
            Nothing,
        ]),
        ["cancelled while pending"] = (Opened().After(Report("A", "60", 3)).Cancelled(), "60",
        [
            "Expired/Seen", "Expired/Seen Expired/Late", "Expired/Seen Expired/Late", "Expired/Seen Expired/Late",
            Nothing, "Expired/Confirming", Nothing, "Expired/Late", "Expired/Removed", Conflict, Nothing,
        ]),
        ["expired, paid late"] = (Opened().At(End, Report("A", "100", Final)), "100",
        [
            "Expired/Seen", "Expired/Seen Expired/Late", "Expired/Seen Expired/Late", "Expired/Seen Expired/Late",
            Nothing, Nothing, Nothing, Nothing, Nothing, Conflict, Nothing,
        ]),
    };

    public static TheoryData<string, string> Cells
    {
        get
        {
            var cells = new TheoryData<string, string>();
            foreach (var state in Table.Keys)
                foreach (var input in Inputs.Keys)
                    cells.Add(state, input);
            return cells;
        }
    }

    [Fact]
    public void The_table_has_every_status()
    {
        Assert.Equal(
            Enum.GetValues<PaymentStatus>().ToHashSet(), Table.Values.Select(row => row.Session.Status).ToHashSet());
        Assert.All(Table.Values, row => Assert.Equal(Inputs.Count, row.Cells.Length));
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void A_report_before_the_end_causes_the_changes_of_the_table(string state, string input)
    {
        var (session, amount, cells) = Table[state];

        MustChange(session, Inputs[input](amount), End.AddTicks(-1), Expected(cells, input));
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void A_report_at_the_end_finds_the_session_expired_or_as_it_ended(string state, string input)
    {
        var (session, amount, cells) = Table[state];
        var expected = Expected(cells, input);
        if (!session.IsFinal && expected != Conflict) expected = $"Expired/Timeout {AsLate(expected)}".TrimEnd();

        MustChange(session, Inputs[input](amount), End, expected);
    }

    private static string Expected(string[] cells, string input) => cells[Inputs.Keys.ToList().IndexOf(input)];

    /// <summary>What would have changed an open session is recorded of a final one.</summary>
    private static string AsLate(string changes) => string.Join(' ', changes
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(change => "Expired/" + change.Split('/')[1] switch
        {
            "Settled" => "Late",
            "Added" => "Seen",
            var cause => cause,
        }));

    private static void MustChange(DepositSession session, PaymentReport report, DateTimeOffset now, string expected)
    {
        var decision = SessionRules.Decide(session, new ReportedPayment(report), now);

        if (expected == Conflict)
        {
            Assert.Equal(RefusalCode.PaymentConflict, decision.Refusal!.Code);
            return;
        }

        Assert.Null(decision.Refusal);
        var after = decision.Session!;
        var changes = after.Timeline.Skip(session.Timeline.Length).ToList();
        var made = changes.Select(change =>
            $"{change.Status}/{change.Cause.ToString().Replace("Payment", "", StringComparison.Ordinal)}");
        Assert.Equal(expected, string.Join(' ', made));
        Assert.All(
            changes.Where(change => change.Cause != ChangeCause.Timeout),
            change => Assert.Equal(report.Key, change.Payment));
        if (expected == Nothing) Assert.Same(session, after);
        Assert.Same(after, SessionRules.Decide(after, new ReportedPayment(report), now).Session);
    }
}
