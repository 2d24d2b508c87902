using Bleepay.Grains.Chains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Sessions;
using Bleepay.Silo.Storage;
using Bleepay.Silo.Storage.Chains;
using Bleepay.Silo.Storage.Sessions;
using Bleepay.Tests.Harness;
using static Bleepay.Tests.Silo.Storage.TestStore;

namespace Bleepay.Tests.Silo.Storage;

/// <summary>What a watcher reads of the sessions that a block's transfers may pay.</summary>
public sealed class ChainStoreTests : IDisposable
{
    private const string Token = "0x3c499c542cef5e3811e1192ce70d8cc03d5c3359";
    private const string Address = "0xab00000000000000000000000000000000000001";
    private static readonly TransferRecipient To = new(Token, Address);

    private TestStore store = null!;
    private ChainTables tables = null!;
    private int written;

    [Theory]
    [OnEachDatabase]
    public async Task A_recipient_without_sessions_is_left_out_and_every_other_has_its_open_and_ended_ones(
        string database)
    {
        Use(database);
        var mixed = "0xAB00000000000000000000000000000000000001";
        Put("open", minutes: -5, address: mixed, token: "0x3C499C542CEF5E3811E1192CE70D8CC03D5C3359");
        Put("overdue", minutes: -31);
        Put("expired", minutes: -120, end: true);
        Put("other network", minutes: -5, network: "ethereum");
        Put("other token", minutes: -5, token: "");
        Put("late window over", minutes: -(24 * 60) - 33, end: true);
        Put("after the block", seconds: 3);
        Put("just after the block", seconds: 2);

        var stored = await Read(Pay(), Pay(to: new(Token, "0xab00000000000000000000000000000000000002")));

        var recipient = Assert.Single(stored);
        Assert.Equal((To, "biz_tests"), (recipient.Recipient, recipient.BusinessId));
        Assert.Equal(
            ["expired", "overdue", "open", "just after the block"], recipient.Sessions.Select(session => session.Id));
        Assert.Empty(recipient.Recorded);
        Assert.Equal([true, false, false, false], recipient.Sessions.Select(session => session.EndedAt is not null));
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_session_is_read_with_what_stands_and_with_its_terms(string database)
    {
        Use(database);
        var session = Put("open", minutes: -5, assigned: true);
        Report(session, ("0xa", 0, "60.05", 3), ("0xb", 1, "1", 12), ("0xc", 0, "7", 1), ("0xc", 0, "7", -1));

        var read = Assert.Single(Assert.Single(await Read(Pay("0xA", 0), Pay("0xb", 1), Pay("0xb", 2))).Sessions);

        Assert.Equal(Amount.Parse("61.05"), read.Standing);
        Assert.Equal(
            (PaymentStatus.Pending, Amount.Parse("100.10"), "2.5", 12, true),
            (read.Status, read.Amount, read.UnderpaymentTolerancePercent, read.RequiredConfirmations,
                read.HasAssignedAddress));
    }

    [Theory]
    [OnEachDatabase]
    public async Task What_is_recorded_for_a_session_or_as_unmatched_is_known(string database)
    {
        Use(database);
        var old = Put("old", minutes: -60_000);
        Report(old, ("0xa", 1, "5", 12));
        var others = new TransferRecipient("", Address);
        Put("other token", minutes: -5, token: "");
        await Store.Record([Sight(Pay("0xb", 0), UnmatchedReason.Refused)], Now);

        var stored = await Read(Pay("0xa", 0), Pay("0xa", 1), Pay("0xb", 0), Pay("0xa", 1, to: others));

        var known = stored.Single(one => one.Recipient == To).Recorded.OrderBy(one => one.TransactionId).ToList();
        Assert.Equal(
            [
                new RecordedTransfer("0xa", 1, "old", 12, PaymentStage.Late, null),
                new RecordedTransfer("0xb", 0, null, 0, null, UnmatchedReason.Refused),
            ],
            known);
        Assert.Empty(stored.Single(one => one.Recipient == others).Recorded);
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_crowded_address_has_its_oldest_open_its_newest_ended_and_those_of_the_amount(string database)
    {
        Use(database);
        for (var number = 0; number < 40; number++) Put($"open {number:d2}", seconds: number - 1_000, amount: "7");
        for (var number = 0; number < 40; number++) Put($"ended {number:d2}", minutes: number - 100, end: true);
        Put("exact", seconds: -10, amount: "5.50");
        Put("exact too", seconds: -9, amount: "5.5");
        Put("exact of others", seconds: -8, amount: "5.5", business: "biz_other");
        Put("paid in part", seconds: -7, amount: "5.5", status: PaymentStatus.Pending);

        var stored = await Read(Pay(amount: "5.5"), Pay("0xb", amount: "7"));

        var ids = stored.Single(one => one.BusinessId == "biz_tests").Sessions.Select(session => session.Id).ToList();
        Assert.Equal(
            Enumerable.Range(0, 33).Select(number => $"open {number:d2}").Append("exact").Append("exact too"),
            ids.Where(id => !id.StartsWith("ended", StringComparison.Ordinal)));
        Assert.Equal(
            Enumerable.Range(7, 33).Select(number => $"ended {number:d2}"),
            ids.Where(id => id.StartsWith("ended", StringComparison.Ordinal)));
        Assert.Equal(
            ["exact of others"], stored.Single(one => one.BusinessId == "biz_other").Sessions.Select(one => one.Id));
    }

    [Theory]
    [OnEachDatabase]
    public async Task Sessions_of_another_business_hide_none_however_many_they_are(string database)
    {
        Use(database);
        for (var number = 0; number < 70; number++)
            Put($"other {number:d2}", seconds: number - 1_200, business: "biz_other", end: number % 2 == 0);
        Put("mine", seconds: -1_000);
        Put("mine ended", seconds: -1_300, end: true);

        var stored = await Read(Pay());

        Assert.Equal(
            ["mine ended", "mine"],
            stored.Single(one => one.BusinessId == "biz_tests").Sessions.Select(session => session.Id));
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_business_that_has_used_the_address_long_ago_is_read_without_sessions(string database)
    {
        Use(database);
        Put("old", minutes: -60_000, end: true);
        Put("elsewhere", minutes: -60_000, business: "biz_other", network: "ethereum");

        var recipient = Assert.Single(await Read(Pay()));

        Assert.Equal("biz_tests", recipient.BusinessId);
        Assert.Empty(recipient.Sessions);
    }

    [Theory]
    [OnEachDatabase]
    public void Spellings_of_an_amount_have_trailing_zeros_up_to_the_longest_amount(string database)
    {
        Use(database);

        var spellings = PayableSessionSql.Spellings(["5.5", "12", new string('9', 33)]).Split(',');

        Assert.Contains("5.5", spellings);
        Assert.Contains("5." + "5".PadRight(30, '0'), spellings);
        Assert.Contains("12." + new string('0', 29), spellings);
        Assert.Equal(30 + 30, spellings.Length);
        Assert.DoesNotContain(
            spellings, spelling => spelling.Length > FieldRules.AmountLengthMax || spelling[^1] == '.');
    }

    [Theory]
    [OnEachDatabase]
    public async Task What_waits_for_confirmations_is_read_and_nothing_else(string database)
    {
        Use(database);
        var session = Put("open", minutes: -5, address: "0xAB00000000000000000000000000000000000001");
        Report(session, ("0xA", 2, "60.50", 3), ("0xb", 0, "1", 12), ("0xc", 0, "7", 1), ("0xc", 0, "7", -1));
        Report(Put("seen in no block", minutes: -5), ("0xd", 0, "1", 0));
        Report(Put("other network", minutes: -5, network: "ethereum"), ("0xe", 0, "1", 1));
        var waiting = Sight(Pay("0xf"), UnmatchedReason.Dust);
        await Store.Record(
            [
                waiting,
                Sight(Pay("0x10"), UnmatchedReason.Dust) with { IsSettled = true },
                Sight(Pay("0x11"), UnmatchedReason.Dust) with { IsRemoved = true },
            ],
            Now);

        var pending = (await Store.ReadPending("polygon")).OrderBy(one => one.Transfer.TransactionId).ToList();

        var known = new Transfer("polygon", To, "0xa", 2, "60.5", null, 0, "", Now);
        Assert.Equal(
            [
                new MatchedTransfer(known, "biz_tests", true, "open", 12, false, PaymentStage.Pending),
                new UnmatchedTransfer(
                    waiting.Unmatched.Transfer with { BlockHash = "" }, "biz_tests", true, UnmatchedReason.Dust),
            ],
            pending);
    }

    [Theory]
    [OnEachDatabase]
    public async Task What_became_final_after_a_time_is_read_and_nothing_else(string database)
    {
        Use(database);
        Report(Put("paid", minutes: -5), ("0xa", 0, "100.10", 12), ("0xb", 0, "1", 12), ("0xc", 0, "1", 11));
        Report(Put("other network", minutes: -5, network: "ethereum"), ("0xe", 0, "1", 12));
        await Store.Record(
            [
                Sight(Pay("0xf"), UnmatchedReason.Dust) with { IsSettled = true },
                Sight(Pay("0x10"), UnmatchedReason.Dust),
            ],
            Now);

        var final = await Store.ReadFinal("polygon", Now.AddSeconds(-1));

        Assert.Equal(
            ["0xa 100.1 paid Settled", "0xb 1 paid Late", "0xf 100.1  "],
            final.Select(one => (one.Transfer, Matched: one as MatchedTransfer))
                .Select(one => $"{one.Transfer.TransactionId} {one.Transfer.Amount} " +
                    $"{one.Matched?.SessionId} {one.Matched?.Stage}")
                .Order(StringComparer.Ordinal));
        Assert.Empty(await Store.ReadFinal("polygon", Now));
    }

    public void Dispose()
    {
        tables.Dispose();
        store.Dispose();
    }

    [Theory]
    [OnEachDatabase]
    public async Task Addresses_are_read_once_each_and_not_at_all_where_there_are_more_than_are_of_use(string database)
    {
        Use(database);
        Assert.Equal([], await Store.ReadAddresses("polygon", 1));
        var mixed = "0xAB00000000000000000000000000000000000001";
        var other = "0xab00000000000000000000000000000000000002";
        Put("first", address: mixed);
        Put("second", minutes: -60_000, end: true);
        Put("third", address: other);
        Put("of no chain", address: "shop");

        Assert.Equal([Address, other], (await Store.ReadAddresses("polygon", 3))!.Order());
        Assert.Null(await Store.ReadAddresses("polygon", 2));
    }

    private ChainStore Store => new(tables);

    private void Use(string database)
    {
        store = TestStore.On(database);
        tables = store.Database.Chains();
    }

    private Task<IReadOnlyList<StoredRecipient>> Read(params Transfer[] transfers) => Store.Read(
        new TransferQuery("polygon", transfers, Now, Lifetime, TimeSpan.FromHours(24)));

    private static Transfer Pay(
        string transactionId = "0xa", int index = 0, string amount = "100.1", TransferRecipient? to = null) => new(
        "polygon", to ?? To, transactionId.ToLowerInvariant(), index, amount, "0xpayer", 7, "0xblock", Now);

    private static UnmatchedSighting Sight(Transfer transfer, UnmatchedReason reason) =>
        new(new UnmatchedTransfer(transfer, "biz_tests", false, reason), "USDC", 1, false, false);

    private DepositSession Put(
        string id, double minutes = 0, double seconds = 0, string network = "polygon", string token = Token,
        string address = Address, string amount = "100.10", string business = "biz_tests", bool end = false,
        bool assigned = false, PaymentStatus status = PaymentStatus.Created)
    {
        var createdAt = Now.AddMinutes(minutes).AddSeconds(seconds);
        var opened = Opened(id, createdAt + Lifetime);
        var session = opened with
        {
            BusinessId = business,
            HasAssignedAddress = assigned,
            Terms = opened.Terms with
            {
                Network = network,
                CurrencyAddress = token,
                DepositAddress = address,
                Amount = amount,
            },
        };
        Assert.Equal([SessionWriteOutcome.Stored], store.Write(First(session)));
        if (end) store.Write(End(session));
        if (status == PaymentStatus.Pending) Report(session, ($"0x{written++}", 0, "1", 1));
        return session;
    }

    /// <param name="reports">Confirmations below 0 stand for a removal.</param>
    private void Report(
        DepositSession session, params (string TransactionId, int Index, string Amount, int Confirmations)[] reports)
    {
        foreach (var (transactionId, index, amount, confirmations) in reports)
        {
            var before = session;
            var report = new PaymentReport(
                new PaymentKey(transactionId, index), amount, Math.Max(confirmations, 0), confirmations < 0, null,
                null);
            session = SessionRules.Decide(before, new ReportedPayment(report), Now).Session!;
            Assert.Equal(
                [SessionWriteOutcome.Stored], store.Write(new SessionWrite(session, before.Sequence, default)));
        }
    }
}
