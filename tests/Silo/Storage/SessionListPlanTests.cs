using Bleepay.Grains.Sessions;
using Bleepay.Silo.Storage.Sessions;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo.Storage;

/// <summary>Every list is read from an index that has its order, on every database.</summary>
public sealed class SessionListPlanTests
{
    private const int Sessions = 30_000;

    private static readonly SessionCursor Deep = new(ManySessions.CreatedAt(Sessions / 2), "dep_m");

    private static readonly SessionQuery All = new(
        null, null, null, null, null, null, null, null, null, null, null, 101, 0);

    [Theory]
    [OnEachDatabase]
    public void Every_filter_uses_its_index_and_every_page_costs_the_same(string provider)
    {
        using var store = TestStore.On(provider);
        ManySessions.Fill(store, provider, Sessions, open: 1_000);

        Assert.All(
            new (string Index, SessionQuery Query)[]
            {
                ("deposit_session_by_status", All),
                ("deposit_session_by_status", All with { After = Deep }),
                ("deposit_session_by_status", All with { Status = PaymentStatus.Expired, After = Deep }),
                ("deposit_session_by_status", All with { Status = PaymentStatus.Created }),
                ("deposit_session_by_status", All with { Status = PaymentStatus.Overpaid }),
                ("deposit_session_by_status", All with { Status = PaymentStatus.Pending, WidgetId = "wdgt_2" }),
                ("deposit_session_by_status", All with { Status = PaymentStatus.Overpaid, DepositAddress = "0xA7" }),
                ("deposit_session_by_reference",
                    All with { Status = PaymentStatus.Created, CustomerReference = "order-77" }),
                ("deposit_session_by_widget", All with { WidgetId = "wdgt_2", After = Deep }),
                ("deposit_session_by_widget", All with { Status = PaymentStatus.Expired, WidgetId = "wdgt_2" }),
                ("deposit_session_by_network", All with { Network = "polygon", After = Deep }),
                ("deposit_session_by_currency", All with { Currency = "USDC", After = Deep }),
                ("deposit_session_by_address", All with { DepositAddress = "0xA7", After = Deep }),
                ("deposit_session_by_reference", All with { CustomerReference = "order-77" }),
                ("deposit_session_by_email", All with { CustomerEmail = "c77@example.com" }),
                ("session_payment_by_transaction", All with { TransactionId = "0xt77" }),
            },
            list =>
            {
                var plan = PlanOf(store, list.Query);
                Assert.True(plan.Contains(list.Index, StringComparison.Ordinal), $"{list.Query}: {plan}");
                Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
                Assert.DoesNotContain("SCAN deposit_session", plan, StringComparison.Ordinal);
                if (list.Query is { CustomerReference: null, CustomerEmail: null, TransactionId: null })
                    Assert.DoesNotContain("Bitmap", plan, StringComparison.Ordinal);
            });
    }

    [Theory]
    [OnEachDatabase]
    public void What_a_list_shows_is_read_by_indexes_whatever_history_a_session_has(string provider)
    {
        using var store = TestStore.On(provider);
        ManySessions.Fill(store, provider, Sessions, open: 1_000);

        var plan = store.PlanOf(connection => SessionSummaryRows.Command(
            connection, [.. Enumerable.Range(1, 101).Select(number => $"dep_{number:D22}")], store.Database));

        Assert.Matches("session_event_pkey|SEARCH latest USING PRIMARY KEY", plan);
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("SCAN session", plan, StringComparison.Ordinal);
    }

    private static string PlanOf(TestStore store, SessionQuery query)
    {
        var search = new SessionSearch(
            ManySessions.Business, query, ManySessions.CreatedAt(Sessions), TestStore.Lifetime);
        return store.PlanOf(connection => SessionSearchSql.Command(connection, search, store.Database));
    }
}
