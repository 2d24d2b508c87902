using System.Net;
using Bleepay.Gateway.Sessions;
using Bleepay.Grains.Sessions;
using Bleepay.Silo.Storage.Sessions;
using Bleepay.Tests.Harness;
using Bleepay.Tests.Silo.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Bleepay.Tests.Silo.Retention;

/// <summary>A service that deletes and erases by age.</summary>
public sealed class RetentionTests : IDisposable
{
    private const string Key = "order-1";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder folder = new();

    [Theory]
    [OnEachDatabase]
    public async Task Old_sessions_are_deleted_old_data_is_erased_and_a_deleted_key_is_free_again(string database)
    {
        var settings = Settings(database);
        await using var service = await ServiceHost.Start(folder.Path, settings);
        var rows = database == Databases.PostgreSql
            ? StoredRows.OnServer(settings["ConnectionStrings:Bleepay"]!)
            : new StoredRows(ServiceProcess.DatabaseIn(folder.Path));
        var api = new Api(service.Http);
        var widget = await api.CreateWidget();
        var replayed = Stored(service, widget, SessionIdentity.Of(widget.Id, Key), 40, isPaid: true);
        var unpaid = Stored(service, widget, Identifier(1), 4, isPaid: false);
        var paid = Stored(service, widget, Identifier(2), 4, isPaid: true);
        var young = Stored(service, widget, Identifier(3), 1, isPaid: false);

        await Eventually.True(
            () => rows.Count($"select count(*) from deposit_session where id in ('{replayed}', '{unpaid}')") == 0
                && rows.Count("select count(*) from deposit_session where erased_at is not null") == 1,
            TimeSpan.FromSeconds(30), () => "the sessions that are old enough are deleted and erased");

        foreach (var gone in (string[])[replayed, unpaid])
            Assert.Equal(HttpStatusCode.NotFound, (await Get(api, gone)).Status);
        Assert.NotNull((await Read(api, paid))["erasedAt"]);
        Assert.Null((await Read(api, paid))["customerEmail"]);
        Assert.Equal("ann@example.com", (await Read(api, young))["customerEmail"]);
        var again = (await api.CreateSession(widget, idempotencyKey: Key)).MustBeOk();
        Assert.Equal((replayed, "CREATED"), (again["id"], again["paymentStatus"]));
    }

    /// <summary>The file is the same as that of a service that was never killed: each session whole, or gone.</summary>
    [Fact]
    public async Task After_kill_9_between_two_batches_no_session_is_deleted_in_part_and_the_rest_goes_next()
    {
        const int count = 3_000;
        var settings = new Dictionary<string, string?>
        {
            ["Retention:Sessions"] = "31.00:00:00",
            ["Retention:RowsPerBatch"] = "20",
            ["Retention:Interval"] = "00:00:01",
            ["Retention:Pause"] = "00:00:00.02",
        };
        var rows = new StoredRows(ServiceProcess.DatabaseIn(folder.Path));
        await using (var service = await ServiceProcess.Start(folder.Path)) await service.Stop();
        using (var store = TestStore.Of(ServiceProcess.DatabaseIn(folder.Path)))
            ManySessions.Fill(store, Databases.Sqlite, count, 0);

        await using (var killed = await ServiceProcess.Start(folder.Path, settings))
        {
            await Eventually.True(
                () => Sessions(rows) < count - 100, TimeSpan.FromSeconds(30), () => "some sessions are deleted");
            killed.Kill();
        }

        Assert.InRange(Sessions(rows), 1, count - 100);
        MustBeWhole(rows);
        await using var next = await ServiceProcess.Start(folder.Path, settings);
        await Eventually.True(() => Sessions(rows) == 0, TimeSpan.FromSeconds(60), () => "all sessions are deleted");
        MustBeWhole(rows);
    }

    /// <summary>What alert BleepayRetentionBehind reads.</summary>
    [FactThatNeeds(Tool.PostgreSql)]
    public async Task While_deletions_fail_the_time_by_which_sessions_outlive_their_limit_is_measured()
    {
        var settings = Settings(Databases.PostgreSql);
        await using var service = await ServiceHost.Start(folder.Path, settings);
        var rows = StoredRows.OnServer(settings["ConnectionStrings:Bleepay"]!);
        rows.Execute(
            """
            create function refuse() returns trigger language plpgsql as 'begin raise ''No deletion''; end';
            create trigger refuse before delete on deposit_session execute function refuse();
            """);
        using var measured = new MeasuredValues();
        Stored(service, await new Api(service.Http).CreateWidget(), Identifier(1), 40, isPaid: true);

        await Eventually.True(
            () => TimeSpan.FromSeconds(Overdue() ?? 0) is { Days: 8 or 9 }, Patience,
            () => $"a session of 40 days outlives a limit of 31, and {Overdue()} s were measured");
        rows.Execute("drop trigger refuse on deposit_session");
        await Eventually.True(() => Overdue() == 0, Patience, () => "the session is deleted, and none is overdue");

        double? Overdue() => measured.Last("bleepay.retention.overdue");
    }

    [Fact]
    public async Task Limits_that_would_lose_money_or_deliveries_are_refused_at_the_start()
    {
        var refused = await ServiceProcess.StartInVain(folder.Path, new Dictionary<string, string?>
        {
            ["Retention:Sessions"] = "29.23:59:59",
            ["Retention:ExpiredSessions"] = "1.23:59:59",
            ["Retention:PersonalData"] = "23:59:59",
            ["Retention:RowsPerBatch"] = "10001",
            ["Retention:Pause"] = "00:01:01",
            ["Retention:Interval"] = "00:00:00.9",
        });

        Assert.Equal(1, refused.Code);
        string[] names = ["Sessions", "ExpiredSessions", "PersonalData", "RowsPerBatch", "Pause", "Interval"];
        foreach (var setting in names)
            Assert.Contains($"Retention__{setting} is ", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("Webhooks__DeliveryRetention", refused.Errors, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private static Dictionary<string, string?> Settings(string database)
    {
        var settings = database == Databases.PostgreSql ? Databases.SettingsOf(PostgreSqlServer.Shared) : [];
        settings["Retention:Sessions"] = "31.00:00:00";
        settings["Retention:ExpiredSessions"] = "3.00:00:00";
        settings["Retention:PersonalData"] = "3.00:00:00";
        settings["Retention:Interval"] = "00:00:01";
        return settings;
    }

    /// <summary>A final session that was created days ago, as that day's service has stored it.</summary>
    private static string Stored(ServiceHost service, TestWidget widget, string id, int daysAgo, bool isPaid)
    {
        var createdAt = DateTimeOffset.UtcNow.AddDays(-daysAgo);
        var opened = TestStore.Opened(id, createdAt + TestStore.Lifetime) with
        {
            BusinessId = widget.Business,
            WidgetId = widget.Id,
        };
        var report = new PaymentReport(new PaymentKey("0xa", 0), opened.Terms.Amount, 12, false, null, null);
        var ended = isPaid
            ? SessionRules.Decide(opened, new ReportedPayment(report), createdAt.AddSeconds(1)).Session!
            : TestStore.Closed(opened);
        var tables = service.Services.GetRequiredService<ISessionTables>();
        tables.Write([TestStore.First(opened)]);
        tables.Write([new SessionWrite(ended, opened.Sequence, default)]);
        return id;
    }

    private static string Identifier(int number) => $"dep_{number:D22}";

    private static async Task<Answer> Read(Api api, string id) => (await Get(api, id)).MustBeOk();

    private static Task<Answer> Get(Api api, string id) =>
        api.Get($"/api/v1/widgets/deposit-sessions/{id}", token: Tokens.For(Api.Business));

    private static long Sessions(StoredRows rows) => rows.Count("select count(*) from deposit_session");

    private static void MustBeWhole(StoredRows rows)
    {
        foreach (var table in (string[])["session_event", "session_payment"])
        {
            Assert.Equal(0, rows.Count(
                $"select count(*) from {table} where session_id not in (select id from deposit_session)"));
        }

        Assert.Equal(Sessions(rows), rows.Count("select count(*) from session_event"));
    }
}
