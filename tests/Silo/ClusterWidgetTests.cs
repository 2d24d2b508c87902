using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo;

/// <summary>What a merchant sets holds on every node at once, and while a node dies.</summary>
[Collection(QuietMachine.Name)]
public sealed class ClusterWidgetTests(ITestOutputHelper output)
{
    private const int Nodes = 3;
    private const int Cap = 500;

    private static readonly TimeSpan LoadTime = TimeSpan.Parse(
        Environment.GetEnvironmentVariable("CAP_TEST_TIME") ?? "00:00:07", CultureInfo.InvariantCulture);

    private static readonly TimeSpan BetweenKills = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan WhenRefused = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan EverywhereWithin = TimeSpan.FromSeconds(1);

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task A_cap_holds_by_the_rows_of_the_store_while_nodes_are_killed()
    {
        var server = PostgreSqlServer.Shared;
        await using var cluster = await ServiceCluster.Start(server, Nodes, Lifetime);
        var widget = await cluster.Nodes[0].Api.CreateWidget(Api.GoodWidget().With("maxOpenSessions", Cap));
        using var end = new CancellationTokenSource();
        var opened = 0;
        var refused = 0;
        var broken = 0;

        // As many as the cap are open before the first node dies, and what dies with it was open or under way.
        var clients = Task.WhenAll(Enumerable.Range(0, ServiceProcess.ConnectionsMax).Select(Client));
        var most = Watch();
        await Eventually.True(() => Volatile.Read(ref opened) >= Cap, Deadline, () => $"{opened} of {Cap} are open");
        var until = DateTimeOffset.UtcNow + LoadTime;
        for (var kills = 0; kills == 0 || DateTimeOffset.UtcNow + BetweenKills < until; kills++)
        {
            cluster.KillOne();
            await cluster.Join();
            if (LoadTime > BetweenKills) await Eventually.Past(DateTimeOffset.UtcNow + BetweenKills);
        }

        await Eventually.Past(until);
        await Eventually.True(
            () => Volatile.Read(ref opened) > 3 * Cap / 2, Deadline, () => $"{opened} were opened, which is too few");
        await end.CancelAsync();
        await clients;

        output.WriteLine($"{opened} opened, {refused} refused, {broken} broken off; at most {await most} open at once");
        Assert.InRange(await most, Cap * 9 / 10, Cap);
        Assert.True(refused > 0);
        Assert.Equal(0, Miscounted());
        await Eventually.True(
            () => Open() == 0, Deadline, () => $"no session is open; still {cluster.Rows.ShowOpen()}");
        Assert.Equal(0, Miscounted());

        long Open() => cluster.Rows.Count(
            $"select count(*) from deposit_session where widget_id = '{widget.Id}' and payment_status = 'CREATED'");
        long Miscounted() => cluster.Rows.Count(
            $"""
            select open_sessions - (
                select count(*) from deposit_session where widget_id = '{widget.Id}' and payment_status = 'CREATED')
            from open_session_count where widget_id = '{widget.Id}'
            """);

        async Task<long> Watch()
        {
            var highest = 0L;
            while (!clients.IsCompleted)
            {
                highest = Math.Max(highest, await Task.Run(Open));
                await Task.Delay(10);
            }

            return highest;
        }

        async Task Client(int number)
        {
            while (!end.IsCancellationRequested)
            {
                var nodes = cluster.Nodes;
                try
                {
                    var answer = await nodes[number++ % nodes.Count].Api.CreateSession(widget);
                    if (answer.Status == HttpStatusCode.OK)
                    {
                        Interlocked.Increment(ref opened);
                        continue;
                    }

                    if (answer.Status != HttpStatusCode.TooManyRequests) Interlocked.Increment(ref broken);
                    else if (Interlocked.Increment(ref refused) == 1) answer.MustBeRateLimited();
                }
                catch (HttpRequestException)
                {
                    Interlocked.Increment(ref broken);
                }

                await Task.Delay(WhenRefused, CancellationToken.None);
            }
        }
    }

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task A_secret_is_rotated_under_load_and_a_change_reaches_every_node_within_a_second()
    {
        var server = PostgreSqlServer.Shared;
        await using var cluster = await ServiceCluster.Start(server, Nodes);
        var apis = cluster.Nodes.Select(node => node.Api).ToList();
        var before = await apis[0].CreateWidget(Api.GoodWidget().WithJson("allowedDomains", "[\"old.example\"]"));
        await MustAllow(apis, before, "https://old.example");

        await MustRotate(apis, before);

        (await apis[1].Manage(
            before, "update-widget", new JsonObject().WithJson("allowedDomains", "[\"new.example\"]"))).MustBeOk();
        await Eventually.Past(DateTimeOffset.UtcNow + EverywhereWithin);
        await MustAllow(apis, before, "https://new.example");
        var token = Tokens.For(before.Business);
        foreach (var api in apis)
        {
            (await api.Post(before.SessionsPath, Api.GoodSession(), token: token, origin: "https://new.example"))
                .MustBeOk();
            (await api.Post(before.SessionsPath, Api.GoodSession(), token: token, origin: "https://old.example"))
                .MustBe(HttpStatusCode.Forbidden, "domain_not_allowed");
        }

        // At once on the node that made the change, and everywhere after a second.
        (await apis[2].Manage(before, "disable-widget")).MustBeOk();
        (await apis[2].Post(before.SessionsPath, Api.GoodSession(), token: token)).MustRefuse("widget");
        await Eventually.Past(DateTimeOffset.UtcNow + EverywhereWithin);
        foreach (var api in apis)
            (await api.Post(before.SessionsPath, Api.GoodSession(), token: token)).MustRefuse("widget");

        // What is allowed again is allowed at once: a copy does not refuse before it has asked the owner.
        (await apis[0].Manage(before, "enable-widget")).MustBeOk();
        foreach (var api in apis)
            (await api.Post(before.SessionsPath, Api.GoodSession(), token: token, origin: "https://new.example"))
                .MustBeOk();

        (await apis[0].Manage(before, "delete-widget")).MustBeOk();
        (await apis[0].Get(before.ConfigPath, before.Secret)).MustBe(HttpStatusCode.NotFound, "not_found");
        await Eventually.Past(DateTimeOffset.UtcNow + EverywhereWithin);
        foreach (var api in apis)
            (await api.Get(before.ConfigPath, before.Secret)).MustBe(HttpStatusCode.NotFound, "not_found");
    }

    private async Task MustRotate(List<Api> apis, TestWidget before)
    {
        using var end = new CancellationTokenSource();
        var answers = new ConcurrentQueue<(bool IsOld, DateTimeOffset SentAt, DateTimeOffset At, Answer Answer)>();
        var old = Task.WhenAll(apis.Select(api => Use(api, before, true)));
        await Eventually.True(() => answers.Count > 20, Deadline, () => $"{answers.Count} requests were answered");

        var sentAt = DateTimeOffset.UtcNow;
        var rotated = await apis[0].Manage(
            before, "rotate-widget-secret", new JsonObject().With("graceSeconds", (int)Grace.TotalSeconds));
        var answeredAt = DateTimeOffset.UtcNow;
        var after = before with { Secret = rotated.MustBeOk()["clientSecret"]! };
        var both = Task.WhenAll(apis.Select(api => Use(api, after, false)).Append(old));
        await Eventually.Past(answeredAt + Grace);

        foreach (var api in apis) (await api.Get(before.ConfigPath, before.Secret)).MustBeUnauthorized();
        Assert.InRange(DateTimeOffset.UtcNow - (answeredAt + Grace), TimeSpan.Zero, TimeSpan.FromSeconds(2));
        await end.CancelAsync();
        await both;

        var late = answers.Where(one => one.IsOld && one.SentAt >= answeredAt + Grace).ToList();
        var good = answers.Where(one => !one.IsOld || one.At < sentAt + Grace).ToList();
        output.WriteLine($"{good.Count} requests in time with either secret, {late.Count} after it with the old one");
        Assert.Contains(good, one => one.IsOld && one.SentAt > answeredAt);
        Assert.Contains(good, one => !one.IsOld);
        Assert.All(good, one => one.Answer.MustBeOk());
        Assert.All(late, one => one.Answer.MustBeUnauthorized());

        async Task Use(Api api, TestWidget widget, bool isOld)
        {
            for (var number = 0; !end.IsCancellationRequested; number++)
            {
                var sent = DateTimeOffset.UtcNow;
                var answer = number % 2 == 0
                    ? await api.CreateSession(widget)
                    : await api.Get(widget.ConfigPath, widget.Secret);
                answers.Enqueue((isOld, sent, DateTimeOffset.UtcNow, answer));
                await Task.Delay(Pace, CancellationToken.None);
            }
        }
    }

    private static async Task MustAllow(IEnumerable<Api> apis, TestWidget widget, string origin)
    {
        foreach (var api in apis)
        {
            var preflight = new HttpRequestMessage(HttpMethod.Options, widget.SessionsPath);
            preflight.Headers.Add("Origin", origin);
            preflight.Headers.Add("Access-Control-Request-Method", "POST");
            var answer = await api.Send(preflight);
            Assert.Equal(origin, Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
        }
    }
}
