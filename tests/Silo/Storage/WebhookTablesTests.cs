using Bleepay.Grains.Webhooks;
using Bleepay.Silo.Storage;
using Bleepay.Silo.Storage.Sessions;
using Bleepay.Silo.Storage.Webhooks;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo.Storage;

/// <summary>The outbox, from the commit that fills it to the record that empties it.</summary>
public sealed class WebhookTablesTests
{
    private const string Endpoint = "wh_AAAAAAAAAAAAAAAAAAAAAA";
    private const string SessionId = "dep_BBBBBBBBBBBBBBBBBBBBBB";

    private static readonly DateTimeOffset Now = TestStore.Now;
    private static readonly DateTimeOffset ClaimEnds = Now.AddSeconds(30);

    [Theory]
    [OnEachDatabase]
    public void A_commit_queues_events_for_subscribed_endpoints_only(string database)
    {
        using var store = TestStore.On(database);
        using var webhooks = store.Database.Webhooks();
        var unheard = TestStore.First(TestStore.Opened(SessionId));
        Assert.Empty(store.Queue(unheard));
        Assert.Equal(0, store.Rows.Count("select count(*) from webhook_delivery"));
        Assert.Equal(0, store.Rows.Count("select count(*) from webhook_queue"));

        Make(webhooks, Endpoint, ["deposit.expired"]);
        Make(webhooks, "wh_created", ["deposit.created"]);
        Make(webhooks, "wh_other", ["deposit.expired"], business: "biz_other");
        Make(webhooks, "wh_off", ["deposit.expired"], isEnabled: false);
        var ended = TestStore.End(unheard.Session);
        var another = TestStore.First(TestStore.Opened("dep_CCCCCCCCCCCCCCCCCCCCCC"));
        var results = store.Sessions.Write([ended, another]);

        Assert.Equal([Endpoint], results[0].QueuedEndpoints);
        Assert.Equal(["wh_created"], results[1].QueuedEndpoints);
        Assert.Equal(
            [
                $"{Endpoint} {SessionId} 2 deposit.expired PENDING",
                "wh_created dep_CCCCCCCCCCCCCCCCCCCCCC 1 deposit.created PENDING",
            ],
            store.Rows.Read(
                "select endpoint_id || ' ' || subject_id || ' ' || sequence || ' ' || event_type || ' ' || status " +
                "from webhook_delivery order by 1",
                row => row.GetString(0)));
        Assert.Equal([Endpoint, "wh_created"], webhooks.Queue.ReadDueEndpoints(ended.Session.Timeline[^1].At).Order());
    }

    [Theory]
    [OnEachDatabase]
    public void A_business_has_each_url_once_in_any_spelling_and_its_endpoints_can_still_be_changed(string database)
    {
        using var store = TestStore.On(database);
        using var webhooks = store.Database.Webhooks();
        EndpointWriteOutcome Write(string id, string url, int version, string business = "biz_tests") =>
            webhooks.Endpoints.Write(id, EndpointAt(url, business: business), version);

        Assert.Equal(EndpointWriteOutcome.Stored, Write("wh_1", "https://shop.example/a", 0));
        Assert.Equal(EndpointWriteOutcome.Stored, Write("wh_2", "https://shop.example/b", 0));
        Assert.Equal(EndpointWriteOutcome.Stored, Write("wh_3", "https://shop.example/a", 0, "biz_other"));
        Assert.Equal(EndpointWriteOutcome.UrlTaken, Write("wh_4", "https://SHOP.example:443/a", 0));
        Assert.Equal(EndpointWriteOutcome.UrlTaken, Write("wh_2", "https://shop.example/x/../a", 1));
        Assert.Equal(EndpointWriteOutcome.Stored, Write("wh_2", "https://shop.example/b", 1));
        Assert.Equal(EndpointWriteOutcome.Stored, Write("wh_1", "https://shop.example/c", 1));
        Assert.Equal(EndpointWriteOutcome.Stored, Write("wh_2", "https://shop.example/a", 2));
        Assert.Null(webhooks.Endpoints.Read("wh_4"));
    }

    [Theory]
    [OnEachDatabase]
    public void A_refused_write_queues_no_event(string database)
    {
        using var store = TestStore.On(database);
        using var webhooks = store.Database.Webhooks();
        Make(webhooks, Endpoint, ["deposit.created", "deposit.expired"]);
        var session = TestStore.Opened(SessionId);
        store.Write(TestStore.First(session));

        var again = TestStore.First(session);
        var stale = new SessionWrite(TestStore.Closed(session), 7, default);
        Assert.Equal([SessionWriteOutcome.Conflict], store.Write(again));
        Assert.Equal([SessionWriteOutcome.Conflict], store.Write(stale));

        Assert.Empty(store.Queue(again));
        Assert.Equal(1, store.Rows.Count("select count(*) from webhook_delivery"));
    }

    [Theory]
    [OnEachDatabase]
    public void Claimed_events_are_not_claimed_again_before_the_claim_ends(string database)
    {
        using var store = TestStore.On(database);
        using var webhooks = Filled(store);

        var claimed = Assert.Single(Claim(webhooks, Now));
        Assert.Equal((SessionId, 1), (claimed.SubjectId, claimed.Version));
        Assert.Equal("deposit.created", Assert.Single(claimed.Deliveries).EventType);
        Assert.Empty(Claim(webhooks, Now));
        Assert.Empty(webhooks.Queue.ReadDueEndpoints(ClaimEnds.AddMilliseconds(-1)));

        Assert.Equal([Endpoint], webhooks.Queue.ReadDueEndpoints(ClaimEnds));
        Assert.Single(Claim(webhooks, ClaimEnds));
    }

    [Theory]
    [OnEachDatabase]
    public void A_delivered_session_leaves_the_queue_unless_an_event_was_added_meanwhile(string database)
    {
        using var store = TestStore.On(database);
        using var webhooks = Filled(store);
        var claimed = Assert.Single(Claim(webhooks, Now));
        store.Write(TestStore.End(TestStore.Opened(SessionId)));

        Assert.Equal([true], webhooks.Queue.Record([Attempt(1, DeliveryStatus.Delivered, Now, claimed.Version)]));
        var rest = Assert.Single(Claim(webhooks, Now));
        Assert.Equal((2, "deposit.expired"), (rest.Version, Assert.Single(rest.Deliveries).EventType));
        Assert.Equal([false], webhooks.Queue.Record([Attempt(2, DeliveryStatus.Delivered, Now, rest.Version)]));

        Assert.Equal(0, store.Rows.Count("select count(*) from webhook_queue"));
        Assert.Equal(2, store.Rows.Count("select count(*) from webhook_delivery where status = 'DELIVERED'"));
    }

    /// <summary>
    /// The trigger stands for the commit of another connection that lands between the claim's two statements.
    /// </summary>
    [FactThatNeeds(Tool.PostgreSql)]
    public void An_event_that_is_added_while_its_session_is_claimed_leaves_the_queue_with_it()
    {
        using var store = TestStore.On(Databases.PostgreSql);
        using var webhooks = Filled(store);
        store.Rows.Execute(
            """
            create function add_an_event() returns trigger language plpgsql as $$ begin
                insert into webhook_delivery (
                    endpoint_id, subject_id, sequence, business_id, event_type, status, attempts, step, created_at)
                select endpoint_id, subject_id, 2, business_id, 'deposit.expired', status, 0, 0, created_at
                from webhook_delivery;
                update webhook_queue set version = version + 1;
                drop trigger add_an_event on webhook_queue;
                return null;
            end $$;
            create constraint trigger add_an_event after update on webhook_queue deferrable initially deferred
            for each row execute function add_an_event();
            """);

        var claimed = Assert.Single(Claim(webhooks, Now));
        Assert.Equal([1, 2], claimed.Deliveries.Select(delivery => delivery.Key.Sequence));
        webhooks.Queue.Record([Attempt(1, DeliveryStatus.Delivered, Now)]);
        Assert.Equal([false], webhooks.Queue.Record([Attempt(2, DeliveryStatus.Delivered, Now, claimed.Version)]));

        Assert.Equal(0, store.Rows.Count("select count(*) from webhook_queue"));
    }

    [Theory]
    [OnEachDatabase]
    public void A_retry_waits_with_all_of_its_session_and_keeps_its_body(string database)
    {
        using var store = TestStore.On(database);
        using var webhooks = Filled(store);
        Claim(webhooks, Now);
        store.Write(TestStore.End(TestStore.Opened(SessionId)));
        var later = Now.AddHours(1);

        Assert.Equal([false], webhooks.Queue.Record([Attempt(1, DeliveryStatus.Retrying, later)]));

        Assert.Empty(Claim(webhooks, later.AddMilliseconds(-1)));
        var claimed = Assert.Single(Claim(webhooks, later, later.AddSeconds(30)));
        Assert.Equal([1, 2], claimed.Deliveries.Select(delivery => delivery.Key.Sequence));
        Assert.Equal(["the body", null], claimed.Deliveries.Select(delivery => delivery.RequestBody));
    }

    [Theory]
    [OnEachDatabase]
    public async Task An_attempt_that_is_recorded_too_late_does_not_undo_a_delivery(string database)
    {
        using var store = TestStore.On(database);
        using var webhooks = Filled(store);
        var claimed = Assert.Single(Claim(webhooks, Now));

        webhooks.Queue.Record([Attempt(1, DeliveryStatus.Delivered, Now, claimed.Version)]);
        Assert.Equal([false], webhooks.Queue.Record([Attempt(1, DeliveryStatus.Retrying, Now)]));

        var lists = new WebhookLists(store.Database, new ListReads(store.Database));
        var delivery = (await lists.ReadDelivery("biz_tests", new DeliveryKey(Endpoint, SessionId, 1), default)).Value!;
        Assert.Equal((DeliveryStatus.Delivered, 1), (delivery.Summary.Status, delivery.Summary.Attempts));
    }

    [Theory]
    [OnEachDatabase]
    public void Old_deliveries_go_but_not_what_waits_nor_dead_letters(string database)
    {
        using var store = TestStore.On(database);
        using var webhooks = store.Database.Webhooks();
        Make(webhooks, Endpoint, ["deposit.created"]);
        var ids = new[] { "dep_1", "dep_2", "dep_3", "dep_4" };
        foreach (var id in ids) store.Write(TestStore.First(TestStore.Opened(id)));
        foreach (var claimed in Claim(webhooks, Now))
        {
            var status = claimed.SubjectId switch
            {
                "dep_1" => DeliveryStatus.Delivered,
                "dep_2" => DeliveryStatus.Delivered,
                "dep_3" => DeliveryStatus.Failed,
                _ => DeliveryStatus.Retrying,
            };
            webhooks.Queue.Record([Attempt(1, status, Now, claimed.Version, claimed.SubjectId)]);
        }

        Assert.False(webhooks.Deliveries.Prune(Now, 10));
        Assert.Equal(4, store.Rows.Count("select count(*) from webhook_delivery"));
        Assert.True(webhooks.Deliveries.Prune(Now.AddMilliseconds(1), 1));
        Assert.True(webhooks.Deliveries.Prune(Now.AddMilliseconds(1), 1));
        Assert.False(webhooks.Deliveries.Prune(Now.AddMilliseconds(1), 1));
        Assert.Equal(["dep_3", "dep_4"], store.Rows.Read(
            "select subject_id from webhook_delivery order by 1", row => row.GetString(0)));

        webhooks.Endpoints.Delete(Endpoint);
        webhooks.Deliveries.Prune(Now.AddMilliseconds(1), 10);
        Assert.Equal(["dep_4"], store.Rows.Read(
            "select subject_id from webhook_delivery order by 1", row => row.GetString(0)));
    }

    /// <summary>The clock was a day ahead, and is set right.</summary>
    [Theory]
    [OnEachDatabase]
    public void What_a_clock_that_ran_ahead_has_put_off_is_released_and_nothing_else(string database)
    {
        using var store = TestStore.On(database);
        using var webhooks = Filled(store);
        var longest = TimeSpan.FromDays(1);
        var right = Now.AddDays(-1);

        // A claim, and before it an event that has not been claimed yet.
        Assert.Empty(Claim(webhooks, right));
        Assert.Equal(1, webhooks.Queue.ReleaseStranded(right, longest));
        Assert.Single(Claim(webhooks, right, Now.AddSeconds(30)));
        Assert.Equal(1, webhooks.Queue.ReleaseStranded(right, longest));

        // A claim of a clock that is right, and a retry that it has put off for as long as a retry may wait.
        Assert.Single(Claim(webhooks, right, right.AddSeconds(30)));
        Assert.Equal(0, webhooks.Queue.ReleaseStranded(right, longest));
        webhooks.Queue.Record([Attempt(1, DeliveryStatus.Retrying, Now + longest)]);
        Assert.Equal(0, webhooks.Queue.ReleaseStranded(Now, longest));

        // The same retry, recorded by a clock that ran ahead; and one that would wait longer than any may.
        Assert.Equal(1, webhooks.Queue.ReleaseStranded(right, longest));
        webhooks.Queue.Record([Attempt(1, DeliveryStatus.Retrying, Now + longest)]);
        Assert.Equal(1, webhooks.Queue.ReleaseStranded(Now, longest - TimeSpan.FromSeconds(1)));
        Assert.Single(Claim(webhooks, Now));
    }

    private static WebhookTables Filled(TestStore store)
    {
        var webhooks = store.Database.Webhooks();
        Make(webhooks, Endpoint, ["deposit.created", "deposit.expired"]);
        store.Write(TestStore.First(TestStore.Opened(SessionId)));
        return webhooks;
    }

    internal static void Make(
        WebhookTables webhooks,
        string id,
        string[] events,
        string business = "biz_tests",
        bool isEnabled = true) =>
        Assert.Equal(EndpointWriteOutcome.Stored, webhooks.Endpoints.Write(
            id, EndpointAt($"https://shop.example/{id}", events, business, isEnabled), 0));

    private static WebhookEndpoint EndpointAt(
        string url, string[]? events = null, string business = "biz_tests", bool isEnabled = true) => new()
        {
            BusinessId = business,
            Settings = new EndpointSettings(url, null, [.. events ?? ["deposit.created"]]),
            IsEnabled = isEnabled,
            Secret = new SealedSecret("0a1b2c3d", [1, 2, 3]),
            CreatedAt = Now,
            UpdatedAt = Now,
        };

    private static IReadOnlyList<ClaimedRow> Claim(
        WebhookTables webhooks, DateTimeOffset now, DateTimeOffset? until = null) =>
        webhooks.Queue.Claim([new Claim(Endpoint, now, until ?? ClaimEnds, 10)])[0];

    private static AttemptRecord Attempt(
        int sequence,
        DeliveryStatus status,
        DateTimeOffset dueAt,
        int? closes = null,
        string session = SessionId) => new(
        new DeliveryKey(Endpoint, session, sequence), status, 1, Now, "https://shop.example/", "the body",
        status == DeliveryStatus.Delivered ? 200 : 500, "", null, dueAt,
        status == DeliveryStatus.Retrying ? null : closes);
}
