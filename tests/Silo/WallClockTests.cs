using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Bleepay.Tests.Harness;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo;

/// <summary>
/// The service as a process whose wall clock is set while it works: nothing is answered with a fault, no webhook stops,
/// and no session that has ended is open again.
/// </summary>
public sealed class WallClockTests(ITestOutputHelper output) : IDisposable
{
    /// <summary>EX_TEMPFAIL: the process manager starts it again.</summary>
    private const int ExitCode = 75;

    private const int ClientsAtOnce = 4;
    private const int CreationsPerSecond = 5;
    private const int DeliveriesPerSecond = 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TemporaryFolder folder = new();

    [FactThatNeeds(Tool.WallClock)]
    public async Task A_clock_set_back_by_an_hour_ends_the_process_and_no_request_gets_a_fault()
    {
        var clock = WallClock.Create(folder.Path);
        TestWidget widget;
        TestSession session;
        await using (var service = await Start(clock))
        {
            widget = await service.Api.CreateWidget();
            session = await service.Api.NewSession(widget);

            await EndsBySetting(clock, TimeSpan.FromHours(-1), service, widget, session);
        }

        await using var successor = await Start(clock);
        Assert.Equal("CREATED", (await Read(successor, session)).MustBeOk()["paymentStatus"]);
        await successor.Api.NewSession(widget);
    }

    [FactThatNeeds(Tool.WallClock)]
    public async Task A_clock_set_back_stops_no_creation_and_no_webhook_neither_of_the_process_nor_of_its_successor()
    {
        var clock = WallClock.Create(folder.Path);
        await using var inbox = await Inbox.Open();
        TestWidget widget, paced;
        var sessions = 3 * DeliveriesPerSecond;
        await using (var service = await Start(clock))
        {
            widget = await service.Api.CreateWidget();
            var body = Api.GoodWidget();
            body["maxCreationsPerSecond"] = CreationsPerSecond;
            paced = await service.Api.CreateWidget(body);
            await new WebhookApi(service.Api).CreateEndpoint(inbox.Url, "deposit.created");
            await SpendRate(service, paced);
            for (var count = 0; count < sessions; count++) await service.Api.NewSession(widget);

            clock.Set(TimeSpan.FromSeconds(-50));

            await OpensAtItsRate(service, paced);
            for (var count = 0; count < sessions; count++) await service.Api.NewSession(widget);
            await AllArrive(inbox);
            (await service.Api.Get("/health/ready")).MustBeOk();

            // By 100 s more, with events that wait for their turn.
            for (var count = 0; count < sessions; count++) await service.Api.NewSession(widget);
            clock.Set(TimeSpan.FromSeconds(-150));
            Assert.Equal(ExitCode, await service.Ends());
        }

        var before = inbox.FirstArrivals.Count;
        await using var successor = await Start(clock);
        await OpensAtItsRate(successor, paced);
        await successor.Api.NewSession(widget);
        await AllArrive(inbox);
        output.WriteLine($"{before} webhooks by the process, {inbox.FirstArrivals.Count} with its successor");
    }

    [FactThatNeeds(Tool.WallClock)]
    public async Task A_session_shown_as_expired_by_a_clock_set_forward_stays_so_when_that_is_set_right()
    {
        var clock = WallClock.Create(folder.Path);
        TestSession read, cancelled, unseen;
        await using (var service = await Start(clock))
        {
            var widget = await service.Api.CreateWidget();
            read = await service.Api.NewSession(widget);
            cancelled = await service.Api.NewSession(widget);
            unseen = await service.Api.NewSession(widget);

            clock.Set(TimeSpan.FromSeconds(1_900));

            Assert.Equal("EXPIRED", (await Read(service, read)).MustBeOk()["paymentStatus"]);
            (await service.Api.Cancel(cancelled)).MustBe(HttpStatusCode.BadRequest, "cannot_cancel");
            var inTheFuture = await service.Api.NewSession(widget);
            Assert.Equal("CREATED", (await Read(service, inTheFuture)).MustBeOk()["paymentStatus"]);

            await EndsBySetting(clock, TimeSpan.Zero, service, widget, inTheFuture);
        }

        await using var successor = await Start(clock);
        Assert.Equal("EXPIRED", (await Read(successor, read)).MustBeOk()["paymentStatus"]);
        Assert.Equal("EXPIRED", (await Read(successor, cancelled)).MustBeOk()["paymentStatus"]);
        output.WriteLine($"a session that was not read is {(await Read(successor, unseen))["paymentStatus"]}");
    }

    [FactThatNeeds(Tool.WallClock, Tool.PostgreSql)]
    public async Task While_a_node_ends_for_its_clock_the_other_nodes_answer_without_a_fault()
    {
        var server = PostgreSqlServer.Shared;
        var settings = Databases.SettingsOf(server);
        var clock = WallClock.Create(folder.Path);
        await using var other = await ServiceProcess.Start(folder.Path, settings);
        await using var node = await ServiceProcess.Start(
            folder.Path, new Dictionary<string, string?>(settings.Concat(clock.Settings)));
        var widget = await other.Api.CreateWidget();
        var session = await other.Api.NewSession(widget);
        var answers = new ConcurrentBag<Answer>();
        using var enough = new CancellationTokenSource();
        var load = AskAtOnce(other, widget, session, answers, enough.Token);
        await Eventually.True(() => answers.Count > 50, Patience, () => "The node is not asked.");

        clock.Set(TimeSpan.FromHours(-1));
        Assert.Equal(ExitCode, await node.Ends());
        var meanwhile = answers.Count;
        await Eventually.True(() => answers.Count > meanwhile + 100, Patience, () => "The node answers no more.");
        await enough.CancelAsync();
        await load;

        MustHaveNoFault(answers);
        (await Read(other, session)).MustBeOk();
    }

    public void Dispose() => folder.Dispose();

    private Task<ServiceProcess> Start(WallClock clock) => ServiceProcess.Start(
        folder.Path,
        new Dictionary<string, string?>(clock.Settings)
        {
            ["Webhooks:AllowPrivateNetworks"] = "true",
            ["Webhooks:DeliveriesPerSecond"] = $"{DeliveriesPerSecond}",
        });

    private static Task<Answer> Read(ServiceProcess service, TestSession session) =>
        service.Api.Get(session.Path, session.Secret);

    /// <summary>Sets the clock under load, and judges every answer until the process has ended.</summary>
    private async Task EndsBySetting(
        WallClock clock, TimeSpan to, ServiceProcess service, TestWidget widget, TestSession session)
    {
        var answers = new ConcurrentBag<Answer>();
        var load = AskAtOnce(service, widget, session, answers, CancellationToken.None);
        await Eventually.True(() => answers.Count > 50, Patience, () => "The service is not asked.");

        var stopwatch = Stopwatch.StartNew();
        var before = answers.Count;
        clock.Set(to);
        Assert.Equal(ExitCode, await service.Ends());
        var took = stopwatch.Elapsed;
        await load;

        output.WriteLine($"ended {took.TotalSeconds:F1} s after the step, {answers.Count - before} answers meanwhile");
        MustHaveNoFault(answers);
        Assert.Contains("set back by more than", service.Console, StringComparison.Ordinal);
    }

    private void MustHaveNoFault(IReadOnlyCollection<Answer> answers)
    {
        output.WriteLine(string.Join(", ", answers.CountBy(answer => (int)answer.Status)));
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), refused =>
        {
            refused.MustBe(HttpStatusCode.ServiceUnavailable, "unavailable");
            Assert.NotNull(refused.Headers.RetryAfter);
        });
    }

    private static Task AskAtOnce(
        ServiceProcess service,
        TestWidget widget,
        TestSession session,
        ConcurrentBag<Answer> answers,
        CancellationToken enough) =>
        Task.WhenAll(Enumerable.Range(0, ClientsAtOnce)
            .Select(_ => Task.Run(() => Ask(service, widget, session, answers, enough), CancellationToken.None)));

    private static async Task Ask(
        ServiceProcess service,
        TestWidget widget,
        TestSession session,
        ConcurrentBag<Answer> answers,
        CancellationToken enough)
    {
        try
        {
            while (!enough.IsCancellationRequested)
            {
                answers.Add(await service.Api.CreateSession(widget));
                answers.Add(await Read(service, session));
            }
        }
        catch (HttpRequestException)
        {
            // The process has ended.
        }
    }

    private Task AllArrive(Inbox inbox)
    {
        var rows = new StoredRows(ServiceProcess.DatabaseIn(folder.Path));
        var sessions = rows.Count("select count(*) from deposit_session");
        return Eventually.True(
            () => inbox.FirstArrivals.Count == sessions, Patience,
            () => $"{inbox.FirstArrivals.Count} of {sessions} events have arrived");
    }

    private static async Task SpendRate(ServiceProcess service, TestWidget paced)
    {
        while ((await service.Api.CreateSession(paced)).Status == HttpStatusCode.OK)
        {
        }
    }

    /// <summary>Two seconds' worth, of which one may have been saved up.</summary>
    private static async Task OpensAtItsRate(ServiceProcess service, TestWidget paced)
    {
        var opened = 0;
        await Eventually.Holds("a widget with a rate opens sessions", Patience, async () =>
        {
            var answer = await service.Api.CreateSession(paced);
            if (answer.Status == HttpStatusCode.OK) opened++;
            else answer.MustBe(HttpStatusCode.TooManyRequests, "rate_limit");
            return opened == 2 * CreationsPerSecond;
        });
    }
}
