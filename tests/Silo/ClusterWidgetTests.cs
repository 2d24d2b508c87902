using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo;

/// <summary>What a merchant sets holds on every node within a second.</summary>
[Collection(QuietMachine.Name)]
public sealed class ClusterWidgetTests(ITestOutputHelper output)
{
    private const int Nodes = 3;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan EverywhereWithin = TimeSpan.FromSeconds(1);

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
