using Bleepay.Grains;
using Bleepay.Grains.Sessions;
using Bleepay.Grains.Webhooks;
using Bleepay.Silo.Storage;
using Bleepay.Silo.Storage.Sessions;
using Bleepay.Silo.Storage.Webhooks;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo.Storage;

/// <summary>Lists on a real database: what ends a long one, and what continues beside it.</summary>
public sealed class SessionListsTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private static readonly SessionQuery All = new(
        null, null, null, null, null, null, null, null, null, null, null, 100, 0);

    private static readonly SessionQuery ByTransaction = All with { TransactionId = "0xt20" };

    [Theory]
    [OnEachDatabase]
    public async Task A_search_whose_caller_has_left_ends_in_the_database(string database)
    {
        using var store = Filled(database);
        EndlessPayments.In(store.Execute, database);
        var reads = new ListReads(store.Database);
        using var leaving = new CancellationTokenSource();
        var search = new SessionLists(store.Database, reads).Find(SearchFor(ByTransaction), leaving.Token);
        Assert.Equal(1, reads.Running);
        if (database == Databases.PostgreSql)
            await Eventually.True(
                () => store.Rows.Count(EndlessPayments.RunningOnServer) == 1, Soon, () => "the statement runs");

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => search.WaitAsync(Soon));
        Assert.Equal(0, reads.Running);
        if (database == Databases.PostgreSql)
            await Eventually.True(
                () => store.Rows.Count(EndlessPayments.RunningOnServer) == 0, Soon, () => "the statement has ended");
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_search_that_takes_too_long_is_cancelled_and_can_be_retried(string database)
    {
        using var store = Filled(database);
        EndlessPayments.In(store.Execute, database);
        var reads = new ListReads(store.Database);
        var lists = new SessionLists(store.Database, reads);

        var failure = await Record.ExceptionAsync(() => lists.Find(SearchFor(ByTransaction), default).WaitAsync(Soon));

        Assert.True(failure is UnavailableException or Npgsql.PostgresException { SqlState: "57014" }, $"{failure}");
        var next = new WebhookLists(store.Database, reads).ReadEndpoints(ManySessions.Business, default);
        Assert.Empty((await next.WaitAsync(Soon)).Value!.Endpoints);
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_list_that_is_being_read_holds_up_no_session_and_no_webhook(string database)
    {
        using var store = TestStore.On(database);
        using var webhooks = store.Database.Webhooks();
        var reads = new ListReads(store.Database);
        var reading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var go = new ManualResetEventSlim();
        var list = reads.Read("biz_tests", (connection, _) => Task.Run<object>(() =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = "select count(*) from webhook_delivery";
            var before = command.ExecuteScalar();
            reading.SetResult();
            go.Wait(Soon);
            Assert.Equal(before, command.ExecuteScalar());
            return connection;
        }), default);
        await reading.Task.WaitAsync(Soon);

        webhooks.Endpoints.Write(
            "wh_1",
            new WebhookEndpoint
            {
                BusinessId = "biz_tests",
                Settings = new EndpointSettings("https://shop.example/", null, ["deposit.created"]),
                IsEnabled = true,
                Secret = new SealedSecret("0a1b2c3d", [1, 2, 3]),
                CreatedAt = TestStore.Now,
                UpdatedAt = TestStore.Now,
            },
            0);
        Assert.Equal([SessionWriteOutcome.Stored], store.Write(TestStore.First(TestStore.Opened("dep_1"))));
        Assert.Single(webhooks.Queue.Claim([new Claim("wh_1", TestStore.Now, TestStore.Now.AddSeconds(30), 10)])[0]);

        go.Set();
        Assert.Null((await list.WaitAsync(Soon)).Refusal);
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_list_shows_what_the_session_itself_shows_without_its_history(string database)
    {
        using var store = TestStore.On(database);
        var paid = Reported(
            TestStore.Opened("dep_paid"), ("0xa", "40.05", 1), ("0xa", "40.05", 12), ("0xb", "60.05", 12),
            ("0xc", "0.10", 12), ("0xd", "1.00000000000000000000000000001", 12));
        var waiting = Reported(TestStore.Opened("dep_waiting"), ("0xe", "7", 3), ("0xf", "8", 5));
        var ended = TestStore.Closed(TestStore.Opened("dep_ended"));
        var sessions = new[] { TestStore.Opened("dep_open"), ended, paid, waiting };
        foreach (var session in sessions)
        {
            store.Write(TestStore.First(TestStore.Opened(session.Id)));
            if (session.Sequence > 1) store.Write(new SessionWrite(session, 1, default));
        }

        var found = await new SessionLists(store.Database, new ListReads(store.Database))
            .Find(new SessionSearch("biz_tests", All, TestStore.Now, TestStore.Lifetime), default);

        Assert.Equal("1.10000000000000000000000000001", SessionRules.View(paid, TestStore.Now).LateAmount);
        Assert.Equal(PaymentStatus.Confirmed, paid.Status);
        Assert.Equal(
            sessions.Select(session => Summary(SessionRules.View(session, TestStore.Now))).OrderBy(one => one.Id),
            found.Value!.Sessions.OrderBy(one => one.Id));
    }

    /// <summary>Without what only the view has.</summary>
    private static SessionSummary Summary(SessionView view) => new()
    {
        Id = view.Id,
        BusinessId = view.BusinessId,
        WidgetId = view.WidgetId,
        Status = view.Status,
        Terms = view.Terms,
        SecretKeyId = view.SecretKeyId,
        TransactionId = view.TransactionId,
        ReceivedAmount = view.ReceivedAmount,
        PendingAmount = view.PendingAmount,
        Confirmations = view.Confirmations,
        RequiredConfirmations = view.RequiredConfirmations,
        CreatedAt = view.CreatedAt,
        ExpiresAt = view.ExpiresAt,
        ConfirmedAt = view.ConfirmedAt,
        LateAmount = view.LateAmount,
        EndedBy = view.EndedBy,
        ErasedAt = view.ErasedAt,
        Sequence = view.Sequence,
    };

    private static DepositSession Reported(
        DepositSession session, params (string Transaction, string Amount, int Confirmations)[] reports)
    {
        foreach (var (transaction, amount, confirmations) in reports)
        {
            var report = new PaymentReport(new PaymentKey(transaction, 0), amount, confirmations, false, null, null);
            var at = session.Timeline[^1].At.AddSeconds(1);
            session = SessionRules.Decide(session, new ReportedPayment(report), at).Session!;
        }

        return session;
    }

    private static TestStore Filled(string database)
    {
        var store = TestStore.On(database);
        ManySessions.Fill(store, database, count: 200, open: 0);
        return store;
    }

    private static SessionSearch SearchFor(SessionQuery query) =>
        new(ManySessions.Business, query, ManySessions.CreatedAt(200), TestStore.Lifetime);
}
