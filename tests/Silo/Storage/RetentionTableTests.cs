using Bleepay.Grains.Sessions;
using Bleepay.Grains.Webhooks;
using Bleepay.Silo.Storage.Retention;
using Bleepay.Silo.Storage.Sessions;
using Bleepay.Tests.Harness;
using static Bleepay.Tests.Silo.Storage.TestStore;

namespace Bleepay.Tests.Silo.Storage;

/// <summary>Which old sessions are found and deleted, whatever the database.</summary>
public sealed class RetentionTableTests
{
    private const string Business = "biz_tests";
    private const string Endpoint = "wh_AAAAAAAAAAAAAAAAAAAAAA";

    private static readonly OpenSessionCaps Caps = new(1_000, 1_000);

    [Theory]
    [OnEachDatabase]
    public void Final_sessions_are_found_with_the_oldest_of_each_business_and_status(string database)
    {
        using var store = On(database);
        var table = store.Database.Retention();
        foreach (var day in (int[])[3, 1, 2]) Ended(store, $"dep_{day}", day);
        Paid(store, "dep_paid", 4);
        store.Write(First(Opened("dep_open", expiresAt: Now.AddDays(-50))));
        store.Write(First(Opened("dep_other", expiresAt: Now.AddDays(-50)) with { BusinessId = "biz_other" }));

        var found = table.ReadOldest();

        Assert.Equal(
            [
                new FinalSessions(Business, "CONFIRMED", CreatedAt(4)),
                new FinalSessions(Business, "EXPIRED", CreatedAt(3)),
            ],
            found.OrderBy(sessions => sessions.Status, StringComparer.Ordinal));
        (table as IDisposable)?.Dispose();
    }

    [Theory]
    [OnEachDatabase]
    public void Only_sessions_of_the_range_are_deleted_with_all_their_rows(string database)
    {
        using var store = On(database);
        var table = store.Database.Retention();
        foreach (var day in (int[])[1, 2, 3]) Ended(store, $"dep_{day}", day);
        Paid(store, "dep_paid", 3);

        Assert.Equal(2, table.CountDeletable(Range("EXPIRED", 1.5)));
        Assert.Equal(["dep_2", "dep_3"], table.Delete(Range("EXPIRED", 1.5), 10).SessionIds.Order());
        Assert.Equal(["dep_paid"], table.Delete(Range("CONFIRMED", 1.5), 10).SessionIds);

        Assert.Equal(["dep_1"], Ids(store, "select id from deposit_session"));
        Assert.Equal(["dep_1"], Ids(store, "select session_id from session_event"));
        Assert.Equal(0, store.Rows.Count("select count(*) from session_payment"));
        Assert.Equal(1, store.Rows.Count("select count(*) from open_session_count where customer_reference <> ''"));
        (table as IDisposable)?.Dispose();
    }

    [Theory]
    [OnEachDatabase]
    public void A_range_is_deleted_in_batches_the_oldest_first(string database)
    {
        using var store = On(database);
        var table = store.Database.Retention();
        foreach (var day in (int[])[2, 5, 3, 4]) Ended(store, $"dep_{day}", day);

        var first = table.Delete(Range("EXPIRED", 1), 3);
        Assert.Equal((true, CreatedAt(3)), (first.HasMore, first.LastAt));
        Assert.Equal(["dep_3", "dep_4", "dep_5"], first.SessionIds.Order());
        var second = table.Delete(Range("EXPIRED", 1) with { After = first.LastAt!.Value }, 3);
        Assert.Equal((false, "dep_2"), (second.HasMore, Assert.Single(second.SessionIds)));
        Assert.Null(table.Delete(Range("EXPIRED", 1), 3).LastAt);
        (table as IDisposable)?.Dispose();
    }

    [Theory]
    [OnEachDatabase]
    public void A_session_stays_while_a_webhook_waits_or_a_payment_is_not_final(string database)
    {
        using var store = On(database);
        using var webhooks = store.Database.Webhooks();
        var table = store.Database.Retention();
        var pending = Ended(store, "dep_pending", 3);
        var report = new PaymentReport(new PaymentKey("0xa", 0), "1", 0, false, null, null);
        var seen = SessionRules.Decide(pending, new ReportedPayment(report), pending.CreatedAt.AddDays(1)).Session!;
        store.Write(new SessionWrite(seen, pending.Sequence, default));
        WebhookTablesTests.Make(webhooks, Endpoint, ["deposit.expired"]);
        Ended(store, "dep_waiting", 3);

        Assert.Empty(table.Delete(Range("EXPIRED", 1), 10).SessionIds);
        Assert.Equal(0, table.CountDeletable(Range("EXPIRED", 1)));

        var claimed = Assert.Single(webhooks.Queue.Claim([new(Endpoint, Now, Now.AddSeconds(30), 10)])[0]);
        webhooks.Queue.Record([new AttemptRecord(
            new DeliveryKey(Endpoint, "dep_waiting", 2), DeliveryStatus.Delivered, 1, Now, "https://shop.example/", "",
            200, "", null, Now, claimed.Version)]);
        Assert.Equal(["dep_waiting"], table.Delete(Range("EXPIRED", 1), 10).SessionIds);
        (table as IDisposable)?.Dispose();
    }

    [Theory]
    [OnEachDatabase]
    public void A_session_with_any_payment_is_not_unpaid(string database)
    {
        using var store = On(database);
        var table = store.Database.Retention();
        Ended(store, "dep_unpaid", 3);
        var late = Ended(store, "dep_late", 3);
        var report = new PaymentReport(new PaymentKey("0xa", 0), "1", 12, false, null, null);
        var paid = SessionRules.Decide(late, new ReportedPayment(report), late.CreatedAt.AddDays(1)).Session!;
        store.Write(new SessionWrite(paid, late.Sequence, default));

        var unpaid = Range("EXPIRED", 1) with { OnlyUnpaid = true };
        Assert.Equal(1, table.CountDeletable(unpaid));
        Assert.Equal(["dep_unpaid"], table.Delete(unpaid, 10).SessionIds);
        Assert.Equal(["dep_late"], table.Delete(Range("EXPIRED", 1), 10).SessionIds);
        (table as IDisposable)?.Dispose();
    }

    [Theory]
    [OnEachDatabase]
    public void Sessions_whose_data_is_erased_are_not_found_again(string database)
    {
        using var store = On(database);
        var table = store.Database.Retention();
        var session = Ended(store, "dep_1", 3);
        Ended(store, "dep_2", 2);
        var erased = SessionRules.Decide(session, new Erasure(), Now).Session!;
        store.Sessions.Erase([new SessionWrite(erased, session.Sequence, default)]);

        var found = table.ReadUnerased(Range("EXPIRED", 1), 10);

        Assert.Equal((false, CreatedAt(2)), (found.HasMore, found.LastAt));
        Assert.Equal(["dep_2"], found.SessionIds);
        (table as IDisposable)?.Dispose();
    }

    [Theory]
    [OnEachDatabase]
    public async Task Two_that_delete_at_once_delete_each_session_once(string database)
    {
        const int count = 4_000;
        using var store = On(database);
        ManySessions.Fill(store, database, count, 0);
        IRetentionTable[] tables = [store.Database.Retention(), store.Database.Retention()];
        var range = new RetentionRange(
            ManySessions.Business, "EXPIRED", DateTimeOffset.UnixEpoch, ManySessions.CreatedAt(count + 1));

        var deleted = await Task.WhenAll(tables.Select(table => Task.Run(() =>
        {
            var ids = new List<string>();
            for (var batch = new RetentionBatch(true, [], null); batch.HasMore;)
            {
                batch = table.Delete(range with { After = batch.LastAt ?? range.After }, 100);
                ids.AddRange(batch.SessionIds);
            }

            return ids;
        })));

        var all = deleted.SelectMany(ids => ids).ToList();
        Assert.Equal(all.Count, all.Distinct().Count());
        Assert.Equal(count - store.Rows.Count("select count(*) from deposit_session"), all.Count);
        Assert.Equal(
            store.Rows.Count("select count(*) from deposit_session"),
            store.Rows.Count("select count(*) from session_event"));
        foreach (var table in tables) (table as IDisposable)?.Dispose();
    }

    private static DateTimeOffset CreatedAt(double daysAgo) => Now.AddDays(-daysAgo) - Lifetime;

    private static RetentionRange Range(string status, double daysAgo) =>
        new(Business, status, DateTimeOffset.UnixEpoch, Now.AddDays(-daysAgo));

    private static DepositSession Ended(TestStore store, string id, double daysAgo)
    {
        var session = Opened(id, expiresAt: Now.AddDays(-daysAgo), caps: Caps, reference: id);
        store.Write(First(session, Caps));
        store.Write(End(session));
        return Closed(session);
    }

    private static void Paid(TestStore store, string id, double daysAgo)
    {
        var session = Opened(id, expiresAt: Now.AddDays(-daysAgo));
        var report = new PaymentReport(new PaymentKey("0xa", 0), session.Terms.Amount, 12, false, null, null);
        var paid = SessionRules.Decide(session, new ReportedPayment(report), session.CreatedAt.AddSeconds(1)).Session!;
        store.Write(First(session), new SessionWrite(paid, session.Sequence, default));
    }

    private static IReadOnlyList<string> Ids(TestStore store, string sql) =>
        store.Rows.Read(sql, row => row.GetString(0));
}
