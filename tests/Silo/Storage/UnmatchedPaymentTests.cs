using Bleepay.Grains.Chains;
using Bleepay.Grains.Webhooks;
using Bleepay.Silo.Storage;
using Bleepay.Silo.Storage.Chains;
using Bleepay.Silo.Storage.Sessions;
using Bleepay.Tests.Harness;
using static Bleepay.Tests.Silo.Storage.TestStore;

namespace Bleepay.Tests.Silo.Storage;

/// <summary>Unmatched payments, from the commit that records one to its assignment.</summary>
public sealed class UnmatchedPaymentTests : IDisposable
{
    private const string Endpoint = "wh_AAAAAAAAAAAAAAAAAAAAAA";

    private static readonly TransferRecipient To = new(
        "0x3c499c542cef5e3811e1192ce70d8cc03d5c3359", "0xab00000000000000000000000000000000000001");

    private TestStore store = null!;
    private ChainTables tables = null!;

    [Theory]
    [OnEachDatabase]
    public async Task A_payment_is_recorded_once_and_its_event_with_it(string database)
    {
        Use(database);
        Subscribe(EventTypes.Unmatched);

        var first = await Chains.Record([Sight("0xa"), Sight("0xb", reason: UnmatchedReason.Dust)], Now);
        var second = await Chains.Record([Sight("0xa", confirmations: 5)], Now.AddMinutes(1));

        Assert.Equal([Endpoint], first.QueuedEndpoints);
        Assert.Empty(second.QueuedEndpoints);
        Assert.Equal([null, null], first.SessionIds);
        Assert.Equal(
            [$"{IdOf("0xa")} 1 deposit.unmatched"],
            store.Rows.Read(
                "select subject_id || ' ' || sequence || ' ' || event_type from webhook_delivery",
                row => row.GetString(0)));
        var payment = await Payments.Find(IdOf("0xa"));
        Assert.Equal(
            new UnmatchedPayment(
                IdOf("0xa"), "biz_tests", "polygon", "0xa", 0, "USDC", To.Token, To.Address, "1.5", "0xpayer", 7, Now,
                5, UnmatchedReason.Ambiguous, null, null),
            payment);
    }

    [Theory]
    [OnEachDatabase]
    public async Task The_same_transfer_is_another_payment_in_another_business(string database)
    {
        Use(database);
        Subscribe(EventTypes.Unmatched);

        var commit = await Chains.Record([Sight("0xa"), Sight("0xa", business: "biz_other")], Now);

        Assert.Equal([Endpoint], commit.QueuedEndpoints);
        Assert.Equal(2, store.Rows.Count("select count(*) from unmatched_payment"));
        Assert.Single((await Page("biz_other")).Payments);
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_removed_payment_leaves_the_list_and_is_the_same_one_when_it_returns(string database)
    {
        Use(database);
        Subscribe(EventTypes.Unmatched);
        await Chains.Record([Sight("0xa")], Now);

        await Chains.Record([Sight("0xa", confirmations: 0, removed: true), Sight("0xnew", removed: true)], Now);

        Assert.Empty((await Page()).Payments);
        Assert.Null(await Payments.Find(IdOf("0xa")));
        Assert.Null(await Payments.Claim(IdOf("0xa"), "dep_1", Now));
        Assert.Equal(1, store.Rows.Count("select count(*) from unmatched_payment"));

        var back = await Chains.Record([Sight("0xa", amount: "1.4", block: 9)], Now.AddMinutes(1));

        Assert.Empty(back.QueuedEndpoints);
        var payment = Assert.Single((await Page()).Payments);
        Assert.Equal(("1.4", 9, Now), (payment.Amount, payment.BlockNumber, payment.SeenAt));
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_payment_is_claimed_by_one_session_until_it_is_released_and_the_watcher_learns_of_it(
        string database)
    {
        Use(database);
        await Chains.Record([Sight("0xa")], Now);
        var id = IdOf("0xa");

        var claim = await Payments.Claim(id, "dep_1", Now.AddSeconds(1));
        var again = await Payments.Claim(id, "dep_1", Now.AddSeconds(2));
        var other = await Payments.Claim(id, "dep_2", Now.AddSeconds(3));
        var seen = await Chains.Record([Sight("0xa", confirmations: 12, settled: true, amount: "9")], Now);

        Assert.Equal(("dep_1", Now.AddSeconds(1)), (claim!.Payment.SessionId, claim.Payment.AssignedAt));
        Assert.Equal(claim, again);
        Assert.Null(other);
        Assert.Equal(["dep_1"], seen.SessionIds);
        Assert.Empty((await Page()).Payments);
        Assert.Equal("1.5", Assert.Single((await Page(isAssigned: true)).Payments).Amount);

        await Payments.Release(id, "dep_2");
        Assert.Null(await Payments.Claim(id, "dep_2", Now));
        await Payments.Release(id, "dep_1");
        var next = await Payments.Claim(id, "dep_2", Now.AddSeconds(4));

        Assert.Equal(
            ("dep_2", Now.AddSeconds(4), true), (next!.Payment.SessionId, next.Payment.AssignedAt, next.IsSettled));
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_payment_that_a_session_of_the_business_has_recorded_is_claimed_by_no_other(string database)
    {
        Use(database);
        await Chains.Record([Sight("0xa"), Sight("0xa", business: "biz_other")], Now);
        var opened = Opened("dep_1");
        var session = opened with
        {
            Terms = opened.Terms with { CurrencyAddress = To.Token, DepositAddress = To.Address.ToUpperInvariant() },
        };
        var report = new Bleepay.Grains.Sessions.PaymentReport(new("0xa", 0), "1.5", 1, false, null, null);
        var paid = Bleepay.Grains.Sessions.SessionRules
            .Decide(session, new Bleepay.Grains.Sessions.ReportedPayment(report), Now).Session!;
        store.Write(First(session), new SessionWrite(paid, 1, default));

        Assert.Null(await Payments.Claim(IdOf("0xa"), "dep_2", Now));
        Assert.NotNull(await Payments.Claim(IdOf("0xa"), "dep_1", Now));
        Assert.NotNull(await Payments.Claim(IdOf("0xa", "biz_other"), "dep_3", Now));
    }

    [Theory]
    [OnEachDatabase]
    public async Task Pages_show_every_payment_once_the_latest_seen_first(string database)
    {
        Use(database);
        for (var number = 0; number < 7; number++)
            await Chains.Record([Sight($"0x{number}")], Now.AddSeconds(number / 3));

        var found = new List<UnmatchedPayment>();
        var query = new UnmatchedQuery(false, null, null, null, 3, 0);
        for (UnmatchedCursor? next = null; ;)
        {
            var page = (await Payments.Find("biz_tests", query with { After = next }, default)).Value!;
            found.AddRange(page.Payments);
            next = page.Next;
            if (next is null) break;
            Assert.Equal(3, page.Payments.Length);
        }

        Assert.Equal(7, found.Select(payment => payment.Id).Distinct().Count());
        var times = found.Select(payment => payment.SeenAt);
        Assert.Equal(times.OrderDescending(), times);
        var between = await Payments.Find(
            "biz_tests", query with { Since = Now, Until = Now.AddSeconds(2), Offset = 1 }, default);
        Assert.Equal(2, between.Value!.Payments.Length);
    }

    public void Dispose()
    {
        tables.Dispose();
        store.Dispose();
    }

    private ChainStore Chains => new(tables);

    private UnmatchedPaymentStore Payments => new(tables, store.Database, new ListReads(store.Database));

    private void Use(string database)
    {
        store = TestStore.On(database);
        tables = store.Database.Chains();
    }

    private async Task<UnmatchedPage> Page(string business = "biz_tests", bool isAssigned = false) =>
        (await Payments.Find(business, new UnmatchedQuery(isAssigned, null, null, null, 100, 0), default)).Value!;

    private void Subscribe(params string[] events)
    {
        using var webhooks = store.Database.Webhooks();
        WebhookTablesTests.Make(webhooks, Endpoint, events);
        WebhookTablesTests.Make(webhooks, "wh_unheard", [EventTypes.Created]);
    }

    private static string IdOf(string transactionId, string business = "biz_tests") =>
        UnmatchedPayment.IdOf(business, "polygon", To.Token, To.Address, transactionId, 0);

    private static UnmatchedSighting Sight(
        string transactionId, int confirmations = 1, bool settled = false, bool removed = false, string amount = "1.5",
        long block = 7, string business = "biz_tests", UnmatchedReason reason = UnmatchedReason.Ambiguous) => new(
        new UnmatchedTransfer(
            new Transfer("polygon", To, transactionId, 0, amount, "0xpayer", block, "0xblock", Now),
            business, IsRecorded: false, reason),
        "USDC", confirmations, settled, removed);
}
