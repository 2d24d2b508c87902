using System.Collections.Concurrent;
using System.Net;
using System.Numerics;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo.Chains;

/// <summary>
/// Payments that flow while blocks are made and harm is done to the service; and the account of what the chain and the
/// sessions have in the end.
/// </summary>
/// <param name="rows">The rows of the service's database.</param>
internal sealed class PaymentFlow(WatchedShop shop, TestWidget widget, Inbox inbox, StoredRows rows)
{
    /// <summary>Of the events that the inbox gets.</summary>
    public static readonly string[] Events = ["deposit.created", "deposit.pending", "deposit.confirmed"];

    /// <summary>One payment of five is the second part of another; every third session is in coins.</summary>
    private const int PartsEvery = 5;

    private const int NativeEvery = 3;
    private const int RequestsAtOnce = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan BetweenPayments = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan BetweenBlocks = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentBag<Sale> sales = [];

    /// <summary>A session, and what is paid to it.</summary>
    private sealed record Sale(TestSession Session, string[] Amounts)
    {
        /// <summary>By transaction.</summary>
        public Dictionary<string, string> Paid { get; } = [];

        public BigInteger Units => Paid.Values.Aggregate(BigInteger.Zero, (sum, one) => sum + WatchedShop.Units(one));
    }

    /// <summary>How many payments have been sent.</summary>
    public int Payments => sales.Sum(sale => sale.Paid.Count);

    /// <summary>Opens sessions, pays them, and does harm meanwhile.</summary>
    /// <param name="payments">The number of payments that pay the sessions.</param>
    /// <param name="harmAfter">The number of payments after which harm is done. Above <paramref name="payments"/>, each
    /// one more stands for a block after the last payment.</param>
    /// <returns>Once all sessions of this round and of those before are confirmed.</returns>
    public async Task Round(int payments, int harmAfter, Func<Task> harm)
    {
        var opened = await Open(payments);
        using var end = new CancellationTokenSource();
        var (sent, blocks) = (0, 0);
        var mining = Mine();
        var harming = Task.CompletedTask;
        using (var pace = new PeriodicTimer(BetweenPayments))
            foreach (var (sale, amount) in opened.SelectMany(sale => sale.Amounts, (sale, amount) => (sale, amount)))
            {
                if (sent++ == harmAfter) harming = harm();
                await pace.WaitForNextTickAsync();
                sale.Paid.Add(await shop.Pay(sale.Session, amount), amount);
            }

        if (harmAfter >= sent)
        {
            var least = Volatile.Read(ref blocks) + harmAfter - sent;
            await Eventually.True(
                () => Volatile.Read(ref blocks) >= least, Patience, () => "blocks are made");
            harming = harm();
        }

        await harming;
        await Eventually.True(
            () => Confirmed() == sales.Count, Patience,
            () => $"{sales.Count} sessions are confirmed; {rows.Show(
                "select id, payment_status, sequence from deposit_session where payment_status <> 'CONFIRMED'")}");
        await end.CancelAsync();
        await mining;

        async Task Mine()
        {
            using var pace = new PeriodicTimer(BetweenBlocks);
            while (!end.IsCancellationRequested)
            {
                await pace.WaitForNextTickAsync();
                await shop.Chain.Mine();
                Interlocked.Increment(ref blocks);
            }
        }
    }

    /// <summary>Each payment that the chain has is counted once, nothing else is, and each event has arrived.</summary>
    public async Task MustBalance()
    {
        await Parallel.ForEachAsync(
            sales,
            new ParallelOptions { MaxDegreeOfParallelism = RequestsAtOnce },
            async (sale, _) => MustBalance(sale, await OnChain(sale), await shop.Read(sale.Session)));
        Assert.Equal(Payments, rows.Count("select count(*) from session_payment where stage = 'SETTLED'"));
        Assert.Equal(Payments, rows.Count("select count(*) from session_payment"));
        Assert.Equal(0, rows.Count("select count(*) from unmatched_payment"));
        await MustHaveArrived();
    }

    private static void MustBalance(Sale sale, BigInteger onChain, JsonNode session)
    {
        string Text(string field) => session[field]!.GetValue<string>();
        Assert.Equal(sale.Units, onChain);
        Assert.Equal(onChain, WatchedShop.Units(Text("receivedAmount")));
        Assert.Equal(("CONFIRMED", "0", "0"), (Text("paymentStatus"), Text("lateAmount"), Text("pendingAmount")));
        Assert.Equal(
            sale.Paid.Select(one => (one.Key, WatchedShop.Units(one.Value), "SETTLED")).Order(),
            session["transactions"]!.AsArray()
                .Select(one => (
                    one!["txId"]!.GetValue<string>(), WatchedShop.Units(one["amount"]!.GetValue<string>()),
                    one["status"]!.GetValue<string>()))
                .Order());
        var timeline = session["timeline"]!.AsArray();
        Assert.Equal(
            Enumerable.Range(1, timeline.Count),
            timeline.Select(change => change!["sequence"]!.GetValue<int>()));
        Assert.Equal(timeline.Count, session["sequence"]!.GetValue<int>());
        Assert.DoesNotContain(timeline, change => change!["cause"]!.GetValue<string>() == "PAYMENT_REMOVED");
    }

    /// <summary>The balance of the session's address on anvil.</summary>
    private async Task<BigInteger> OnChain(Sale sale)
    {
        var address = sale.Session.Opened["depositAddress"]!;
        foreach (var transaction in sale.Paid.Keys)
        {
            var receipt = await shop.Chain.Call("eth_getTransactionReceipt", transaction);
            Assert.Equal("0x1", receipt!["status"]!.GetValue<string>());
        }

        return sale.Session.Opened["currencyAddress"]!.Length == 0
            ? await shop.Chain.Balance(address)
            : await shop.Chain.Balance(address, shop.Token);
    }

    private async Task MustHaveArrived()
    {
        await Eventually.True(
            () => rows.Count("select count(*) from webhook_queue") == 0, Patience, () => "all events are sent");
        var owed = rows.Read(
            "select subject_id, sequence, event_type, status from webhook_delivery",
            row => (row.GetString(0), row.GetInt32(1), row.GetString(2), row.GetString(3)));
        Assert.All(owed, one => Assert.Equal("DELIVERED", one.Item4));
        Assert.Equal(
            owed.Select(one => (one.Item1, one.Item2, one.Item3)).Order(),
            inbox.FirstArrivals.Select(one => (one.SessionId, one.Sequence, one.Type)).Order());
        inbox.MustBeInOrder();
        var types = inbox.FirstArrivals.ToLookup(one => one.SessionId, one => one.Type);
        foreach (var sale in sales)
        {
            // A session whose first part becomes final before the second is seen is pending twice.
            var arrived = types[sale.Session.Id].ToList();
            Assert.Equal(Events, sale.Amounts.Length == 1 ? arrived : arrived.Distinct());
            Assert.Single(arrived, "deposit.confirmed");
        }
    }

    private long Confirmed() =>
        rows.Count("select count(*) from deposit_session where payment_status = 'CONFIRMED'");

    private async Task<IReadOnlyList<Sale>> Open(int payments)
    {
        var opened = new ConcurrentBag<Sale>();
        var parts = Enumerable.Range(0, payments - (payments / PartsEvery)).Select(number =>
            (Number: number, Amounts: AmountsOf(number)));
        await Parallel.ForEachAsync(
            parts,
            new ParallelOptions { MaxDegreeOfParallelism = RequestsAtOnce },
            async (one, _) =>
            {
                var asked = one.Amounts.Length == 1 ? one.Amounts[0] : $"{one.Number + 1}.75";
                opened.Add(new(await Open(shop.Body(asked, isNative: one.Number % NativeEvery == 0)), one.Amounts));
            });
        foreach (var sale in opened) sales.Add(sale);
        return [.. opened];
    }

    private static string[] AmountsOf(int number) =>
        number % (PartsEvery - 1) == 0 ? [$"{number}.25", "1.5"] : [$"{number}.125"];

    /// <summary>Again, while a node that has just joined can't serve.</summary>
    private async Task<TestSession> Open(JsonObject body)
    {
        var key = $"{Guid.NewGuid()}";
        Answer? answer = null;
        await Eventually.Holds("a session is opened", Patience, async () =>
            (answer = await shop.Api.CreateSession(widget, body.DeepClone(), key)).Status == HttpStatusCode.OK);
        return new(answer!["id"]!, answer["clientSecret"]!, widget, answer);
    }
}
