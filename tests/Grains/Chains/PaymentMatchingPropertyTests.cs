using Bleepay.Grains.Chains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Sessions;
using CsCheck;
using static Bleepay.Tests.Grains.Chains.Matching;

namespace Bleepay.Tests.Grains.Chains;

/// <summary>
/// What holds of the matching rule in every history: sessions of several businesses at one address, blocks, crashes in
/// the middle of recording a block, and blocks that are read again at any time.
/// </summary>
public sealed class PaymentMatchingPropertyTests
{
    private const int StepsMax = 40;
    private const int Required = 12;

    private static readonly int Histories =
        int.TryParse(Environment.GetEnvironmentVariable("MATCHING_HISTORIES"), out var given) ? given : 3_000;

    private static readonly string[] Businesses = ["biz_a", "biz_b"];

    /// <summary>Close to each other, so that parts, tolerances, dust and equal amounts all occur.</summary>
    private static readonly string[] Amounts =
        ["10", "10.00", "9.99", "6", "4", "11", "11.1", "0.0005", "250", "100000"];

    private static readonly Gen<string> AnyAmount = Gen.Int[0, Amounts.Length - 1].Select(index => Amounts[index]);

    private static readonly Gen<string?> AnyTolerance = Gen.Bool.Select(has => has ? "1" : null);

    private static readonly Gen<Step> AnyStep = Gen.Frequency(
        (4, Gen.Select(
            Gen.Int[0, 1], AnyAmount, AnyTolerance, Gen.Int[0, 9],
            (business, amount, tolerance, kind) => (Step)new Create(business, amount, tolerance, kind == 0))),
        (5, Gen.Select(
            AnyAmount.Array[1, 3], Gen.Int[0, 6], (amounts, recorded) => (Step)new Block(amounts, recorded))),
        (2, Gen.Int[0, 60].Select(block => (Step)new Again(block))),
        (2, Gen.Int[1, 40].Select(minutes => (Step)new Wait(minutes))),
        (1, Gen.Int[0, 60].Select(session => (Step)new Cancel(session))),
        (1, Gen.Int[0, 60].Select(block => (Step)new Settle(block))));

    [Fact]
    public void A_transfer_pays_one_session_of_a_business_and_every_later_reading_decides_the_same() =>
        AnyStep.Array[1, StepsMax].Sample(
            steps =>
            {
                var both = new Model(Businesses);
                var alone = new Model([Businesses[0]]);
                foreach (var step in steps)
                {
                    both.Happen(step);
                    alone.Happen(step);
                }

                both.ReadAllAgain();
                alone.ReadAllAgain();
                Assert.Equal(alone.DecisionsOf(Businesses[0]), both.DecisionsOf(Businesses[0]));
            },
            iter: Histories,
            print: steps => string.Join(Environment.NewLine, steps.Select(step => step.ToString())));

    private abstract record Step;

    private sealed record Create(int Business, string Amount, string? Tolerance, bool IsAssigned) : Step;

    /// <param name="Recorded">How many decisions are recorded before a crash.</param>
    private sealed record Block(string[] Amounts, int Recorded) : Step;

    private sealed record Again(int Block) : Step;

    private sealed record Wait(int Minutes) : Step;

    private sealed record Cancel(int Session) : Step;

    private sealed record Settle(int Block) : Step;

    /// <summary>A store of sessions, and a watcher that reads blocks.</summary>
    private sealed class Model(string[] businesses)
    {
        private readonly List<DepositSession> sessions = [];
        private readonly HashSet<string> assigned = [];
        private readonly List<Transfer[]> blocks = [];
        private readonly Dictionary<(string Business, string TransactionId, int Index), TransferDecision> decided = [];
        private DateTimeOffset now = Noon;
        private int created;

        public void Happen(Step step)
        {
            now = now.AddSeconds(1);
            switch (step)
            {
                case Create create:
                    Open(create);
                    break;
                case Block block:
                    Mine(block);
                    Read(blocks[^1], block.Recorded);
                    break;
                case Again { Block: var number } when number < blocks.Count:
                    Read(blocks[number], int.MaxValue);
                    break;
                case Settle { Block: var number } when number < blocks.Count:
                    Report(blocks[number]);
                    break;
                case Wait wait:
                    now = now.AddMinutes(wait.Minutes);
                    break;
                case Cancel cancel:
                    Apply(IndexOf(cancel.Session), new Cancellation());
                    break;
            }
        }

        public void ReadAllAgain()
        {
            foreach (var block in blocks) Read(block, int.MaxValue);
            foreach (var decision in decided.Values.OfType<MatchedTransfer>())
            {
                var session = sessions.Find(session => session.Id == decision.SessionId)!;
                Assert.True(session.CreatedAt <= decision.Transfer.BlockTime.AddSeconds(2));
            }

            foreach (var paid in decided.GroupBy(entry => entry.Key)) Assert.Single(paid);
            var payments = sessions.SelectMany(session => session.Payments.Select(
                payment => (session.BusinessId, payment.Key))).ToList();
            Assert.Equal(payments.Distinct().Count(), payments.Count);
        }

        public IEnumerable<string> DecisionsOf(string business) => decided
            .Where(entry => entry.Key.Business == business)
            .OrderBy(entry => entry.Key.TransactionId, StringComparer.Ordinal)
            .ThenBy(entry => entry.Key.Index)
            .Select(entry => $"{entry.Key.TransactionId}#{entry.Key.Index}: {Short(entry.Value)}");

        private void Open(Create create)
        {
            var business = Businesses[create.Business];
            var id = IdOf(created++);
            if (!businesses.Contains(business)) return;
            var terms = new SessionTerms(
                create.Amount, "USDC", "polygon", Recipient.Token, Recipient.Address, null, null, null);
            var command = new CreateDepositSession(business, "wdgt_a", terms, "", [], create.Tolerance, default, null);
            sessions.Add(SessionRules.Decide(null, new Creation(id, command, Lifetime, Required), now).Session!);
            if (create.IsAssigned) assigned.Add(id);
        }

        private void Mine(Block block)
        {
            var transactionId = $"0x{blocks.Count:x64}";
            blocks.Add([.. block.Amounts.Select((amount, index) =>
                Pay(amount, transactionId, index) with { BlockTime = now.AddSeconds(-1) })]);
        }

        /// <summary>As a watcher reads a block, and records what it has decided, up to a crash.</summary>
        private void Read(Transfer[] block, int recordedMax)
        {
            var decisions = PaymentMatching.Match(block, [.. businesses.Select(StoredOf)], now, LateWindow);
            foreach (var decision in decisions)
            {
                var key = (decision.BusinessId, decision.Transfer.TransactionId, decision.Transfer.Index);
                if (decided.TryGetValue(key, out var known)) MustBeTheSame(known, decision);
            }

            // A crash skips the same transfers, with or without other businesses.
            foreach (var decision in decisions.Where(decision => !decision.IsRecorded
                && (decision.Transfer.Index + decision.Transfer.Amount.Length) % 7 < recordedMax))
                Record(decision);
        }

        private static void MustBeTheSame(TransferDecision known, TransferDecision decision)
        {
            Assert.True(decision.IsRecorded);
            Assert.Equal((known as MatchedTransfer)?.SessionId, (decision as MatchedTransfer)?.SessionId);
            Assert.Equal((known as UnmatchedTransfer)?.Reason, (decision as UnmatchedTransfer)?.Reason);
        }

        private void Record(TransferDecision decision)
        {
            if (decision is MatchedTransfer matched)
            {
                var index = sessions.FindIndex(session => session.Id == matched.SessionId);
                Assert.Equal(decision.BusinessId, sessions[index].BusinessId);
                Apply(index, Seen(decision.Transfer, confirmations: 1));
            }

            decided.Add((decision.BusinessId, decision.Transfer.TransactionId, decision.Transfer.Index), decision);
        }

        /// <summary>The payments of a block become final.</summary>
        private void Report(Transfer[] block)
        {
            foreach (var decision in decided.Values.OfType<MatchedTransfer>().Where(
                decision => block.Contains(decision.Transfer)).ToList())
                Apply(
                    sessions.FindIndex(session => session.Id == decision.SessionId),
                    Seen(decision.Transfer, Required));
        }

        /// <summary>The session that was created as the one of this number, or a negative number.</summary>
        private int IndexOf(int number) => sessions.FindIndex(session => session.Id == IdOf(number));

        private static string IdOf(int number) => $"dep_{number:d4}";

        private void Apply(int index, SessionInput input)
        {
            if (index < 0) return;
            if (SessionRules.Decide(sessions[index], input, now).Session is { } after) sessions[index] = after;
        }

        private static ReportedPayment Seen(Transfer transfer, int confirmations) => new(new PaymentReport(
            new PaymentKey(transfer.TransactionId, transfer.Index), transfer.Amount, confirmations, false, null, null));

        private StoredRecipient StoredOf(string business) => new(
            business,
            Recipient,
            [.. sessions.Where(session => session.BusinessId == business).Select(PayableOf)],
            [
                .. decided.Where(entry => entry.Key.Business == business).Select(entry => new RecordedTransfer(
                    entry.Key.TransactionId, entry.Key.Index, (entry.Value as MatchedTransfer)?.SessionId, Required,
                    null, (entry.Value as UnmatchedTransfer)?.Reason)),
            ]);

        private PayableSession PayableOf(DepositSession session) => new(
            session.Id,
            session.Status,
            Amount.Parse(session.Terms.Amount),
            Amount.Sum(session.Payments
                .Where(payment => payment.Stage != PaymentStage.Removed)
                .Select(payment => Amount.Parse(payment.Amount))),
            session.UnderpaymentTolerancePercent,
            session.RequiredConfirmations,
            assigned.Contains(session.Id),
            session.CreatedAt,
            session.ExpiresAt,
            session.Timeline.FirstOrDefault(change => change.Status == PaymentStatus.Expired)?.At);
    }
}
