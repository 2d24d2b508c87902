using System.Globalization;
using Bleepay.Tests.Harness;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo.Webhooks;

/// <summary>A receiver that is down for a long time by the service's scaled clock, and comes back to a queue.</summary>
public sealed class WebhookPauseTests(ITestOutputHelper output)
{
    private const int PerSecondMax = 100;

    private static readonly bool IsLong = Environment.GetEnvironmentVariable("WEBHOOK_TEST") == "long";
    private static readonly int Sessions = IsLong ? 3_000 : 200;

    /// <summary>An hour is two seconds here, and the schedule is as long as it can be.</summary>
    private static readonly Dictionary<string, string?> Settings = new()
    {
        ["Webhooks:AllowPrivateNetworks"] = "true",
        ["Webhooks:RetrySchedule"] = string.Join(',', Enumerable.Repeat("00:00:02", 30)),
        ["Webhooks:PauseAfter"] = "00:00:02",
        ["Webhooks:ProbePeriod"] = "00:00:01",
        ["Webhooks:DeliveriesPerSecond"] = $"{PerSecondMax}",
    };

    [Fact]
    public async Task A_receiver_that_comes_back_gets_every_event_in_order_and_within_its_rate()
    {
        using var folder = new TemporaryFolder();
        await using var service = await ServiceHost.Start(folder.Path, Settings);
        var api = new Api(service.Http);
        var widget = await api.CreateWidget();
        var webhooks = new WebhookApi(api);
        var port = FreePort.Several(1)[0];
        var endpoint = await webhooks.CreateEndpoint($"http://127.0.0.1:{port}/hook");

        await Parallel.ForAsync(0, Sessions, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (_, _) =>
            (await api.Cancel(await api.NewSession(widget))).MustBeOk());
        await Eventually.Holds(
            "the endpoint is not paused", TimeSpan.FromSeconds(30),
            async () => (await webhooks.Read(endpoint)).MustBeOk()["pausedAt"] is not null);

        // The log is written after the commit that can be read.
        var logged = $"Webhook endpoint {endpoint.Id} of business {Api.Business} is paused";
        await Eventually.True(
            () => service.LogText.Contains(logged, StringComparison.Ordinal), TimeSpan.FromSeconds(10),
            () => "the log does not have the pause");

        await using var inbox = await Inbox.Open(port: port);
        await inbox.Holds(Sessions * 2, TimeSpan.FromSeconds(30 + (Sessions * 2 / PerSecondMax * 4)));

        await Eventually.Holds(
            "the endpoint is still paused", TimeSpan.FromSeconds(10),
            async () => (await webhooks.Read(endpoint)).MustBeOk()["pausedAt"] is null);
        Assert.All(inbox.FirstArrivals.GroupBy(one => one.SessionId), session =>
            Assert.Equal([1, 2], session.Select(one => one.Sequence)));
        Assert.Equal(Sessions * 2, inbox.FirstArrivals.Count);
        var arrivals = inbox.Received.Select(one => one.At).ToList();
        var busiest = arrivals.Max(from => arrivals.Count(at => at >= from && at < from + TimeSpan.FromSeconds(1)));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Sessions * 2} events in {(arrivals[^1] - arrivals[0]).TotalSeconds:F1} s, at most {busiest} a second"));

        // The rate, what may be saved up, and what the two ends' schedulers add on a busy machine.
        Assert.True(busiest <= PerSecondMax * 1.5, $"{busiest} arrived within a second");
    }

    [Fact]
    public async Task A_paused_endpoint_is_tried_once_in_a_period()
    {
        using var folder = new TemporaryFolder();
        await using var service = await ServiceHost.Start(folder.Path, new Dictionary<string, string?>(Settings)
        {
            ["Webhooks:ProbePeriod"] = "00:00:04",
        });
        var api = new Api(service.Http);
        var widget = await api.CreateWidget();
        var webhooks = new WebhookApi(api);
        await using var inbox = await Inbox.Open(Inbox.Status(500));
        var endpoint = await webhooks.CreateEndpoint(inbox.Url);
        for (var count = 0; count < 10; count++) await api.NewSession(widget);
        await Eventually.Holds(
            "the endpoint is not paused", TimeSpan.FromSeconds(30),
            async () => (await webhooks.Read(endpoint)).MustBeOk()["pausedAt"] is not null);

        // What was under way when it was paused may still arrive.
        await Eventually.Past(DateTimeOffset.UtcNow + TimeSpan.FromSeconds(1));
        var from = inbox.Received.Count;
        await inbox.Holds(from + 3);

        var probes = inbox.Received.Skip(from).Select(one => one.At).ToList();
        Assert.All(probes.Zip(probes.Skip(1)), pair =>
            Assert.True(pair.Second - pair.First > TimeSpan.FromSeconds(3.5), $"{pair.Second - pair.First} apart"));
        (await webhooks.Do(endpoint, "enable-endpoint")).MustBeOk();
        Assert.Null((await webhooks.Read(endpoint)).MustBeOk()["pausedAt"]);
    }
}
