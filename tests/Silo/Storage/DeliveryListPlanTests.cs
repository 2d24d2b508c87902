using Bleepay.Grains.Webhooks;
using Bleepay.Silo.Storage.Sessions;
using Bleepay.Silo.Storage.Webhooks;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo.Storage;

/// <summary>Every list of deliveries is read from an index that has its order, on every database.</summary>
public sealed class DeliveryListPlanTests
{
    private const int Deliveries = 30_000;
    private const string ByStatus = "webhook_delivery_by_status";
    private const string ByEndpoint = "webhook_delivery_by_endpoint";

    private static readonly DeliveryQuery All = new(101, 0, null, null, null, null, null);

    [Theory]
    [OnEachDatabase]
    public void Every_filter_uses_an_index_in_its_order_and_every_page_costs_the_same(string database)
    {
        using var store = TestStore.On(database);
        Fill(store, database);
        var deep = All with
        {
            After = new DeliveryCursor(ManySessions.CreatedAt(Deliveries / 2), new DeliveryKey("wh_1", "dep_m", 1)),
        };

        Assert.All(
            new (string Index, DeliveryQuery Query)[]
            {
                (ByStatus, All),
                (ByStatus, deep),
                (ByStatus, All with { Since = ManySessions.CreatedAt(100), Until = ManySessions.CreatedAt(20_000) }),
                (ByStatus, All with { Status = DeliveryStatus.Failed }),
                (ByStatus, deep with { Status = DeliveryStatus.Delivered }),
                (ByEndpoint, All with { EndpointId = "wh_1" }),
                (ByEndpoint, deep with { EndpointId = "wh_1" }),
                (ByEndpoint, All with { EndpointId = "wh_7", Status = DeliveryStatus.Delivered }),
            },
            list =>
            {
                var plan = store.PlanOf(
                    connection => DeliverySearchSql.Command(connection, "biz_tests", list.Query, store.Database));
                Assert.True(plan.Contains(list.Index, StringComparison.Ordinal), $"{list.Query}: {plan}");
                Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
                Assert.DoesNotContain("Bitmap", plan, StringComparison.Ordinal);
                Assert.DoesNotContain("SCAN webhook_delivery", plan, StringComparison.Ordinal);
            });
    }

    [Theory]
    [OnEachDatabase]
    public void What_is_old_is_found_by_its_index_and_removed(string database)
    {
        using var store = TestStore.On(database);
        Fill(store, database);
        using var webhooks = store.Database.Webhooks();

        Assert.False(webhooks.Deliveries.Prune(ManySessions.CreatedAt(71), 1_000));

        // Of the first seventy every seventh has failed; their endpoints do not exist.
        Assert.Equal(Deliveries - 70, store.Rows.Count("select count(*) from webhook_delivery"));
        if (database == Databases.PostgreSql)
            Assert.Contains("webhook_delivery_done", store.PlanOf(connection =>
            {
                var command = connection.CreateCommand();
                command.CommandText =
                    "select 1 from webhook_delivery where created_at < '2026-01-01 00:00:20Z' " +
                    "and (status || '') in ('DELIVERED', 'FAILED')";
                return command;
            }), StringComparison.Ordinal);
    }

    [Theory]
    [OnEachDatabase]
    public async Task Page_by_page_every_delivery_is_seen_once_whatever_its_status(string database)
    {
        using var store = TestStore.On(database);
        Fill(store, database);
        var lists = new WebhookLists(store.Database, new ListReads(store.Database));
        var seen = new List<DeliverySummary>();

        for (var query = (DeliveryQuery?)(All with { Limit = 300, EndpointId = "wh_3" }); query is not null;)
        {
            var page = (await lists.ReadDeliveries("biz_tests", query, default)).Value!;
            seen.AddRange(page.Deliveries);
            query = page.Next is { } next ? query with { After = next } : null;
        }

        Assert.Equal(Deliveries / 30, seen.Select(delivery => delivery.Key).Distinct().Count());
        Assert.Equal(Deliveries / 30, seen.Count);
        Assert.Equal(seen.Select(one => one.CreatedAt), seen.Select(one => one.CreatedAt).OrderDescending());
        Assert.Equal(2, seen.Select(delivery => delivery.Status).Distinct().Count());
    }

    /// <summary>Of three businesses and ten endpoints; one delivery in seven has failed.</summary>
    private static void Fill(TestStore store, string database)
    {
        var isServer = database == Databases.PostgreSql;
        var numbers = isServer
            ? $"generate_series(1, {Deliveries}) as many (n)"
            : $"(with recursive many (n) as (select 1 union all select n + 1 from many where n < {Deliveries}) " +
                "select n from many) as many";
        var begin = ManySessions.CreatedAt(0);
        var time = isServer
            ? "timestamptz '2026-01-01 00:00:00Z' + n * interval '100 milliseconds'"
            : $"{begin.ToUnixTimeMilliseconds()} + n * 100";
        var session = isServer ? "'dep_' || lpad(n::text, 22, '0')" : "printf('dep_%022d', n)";
        store.Execute(
            $"""
            insert into webhook_delivery (
                endpoint_id, subject_id, sequence, business_id, event_type, status, attempts, step, created_at)
            select 'wh_' || (n % 10), {session}, 1, case n % 3 when 0 then 'biz_tests' else 'biz_' || (n % 3) end,
                'deposit.created',
                case when n % 7 = 0 then 'FAILED' else 'DELIVERED' end, 1, 0, {time}
            from {numbers}
            """);
        store.Execute("analyze");
    }
}
