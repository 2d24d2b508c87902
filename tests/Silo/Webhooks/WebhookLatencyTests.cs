using System.Diagnostics;
using System.Globalization;
using Bleepay.Tests.Harness;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo.Webhooks;

/// <summary>A good receiver beside bad ones, all of one business.</summary>
[Collection(QuietMachine.Name)]
public sealed class WebhookLatencyTests(ITestOutputHelper output)
{
    private const int EventsPerSession = 2;

    private static readonly bool IsLong = Environment.GetEnvironmentVariable("WEBHOOK_TEST") == "long";
    private static readonly TimeSpan Load = TimeSpan.FromSeconds(IsLong ? 60 : 4);
    private static readonly int EventsPerSecond = IsLong ? 200 : 60;

    /// <summary>In the short form the machine may be busy with other tests.</summary>
    private static readonly TimeSpan LatencyMax = TimeSpan.FromSeconds(IsLong ? 1 : 4);
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan BetweenSends = TimeSpan.FromMilliseconds(10);

    private static readonly Dictionary<string, string?> Settings = new()
    {
        ["Webhooks:AllowPrivateNetworks"] = "true",
    };

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task A_good_receiver_gets_events_at_once_while_all_others_fail()
    {
        var server = PostgreSqlServer.Shared;
        await using var cluster = await ServiceCluster.Start(server, 1, null, Settings);
        using var hostile = new HostileReceivers();
        await using var inbox = await Inbox.Open();
        var api = cluster.Nodes[0].Api;
        var widget = await api.CreateWidget();
        var webhooks = new WebhookApi(api);
        await webhooks.CreateEndpoint(inbox.Url);
        foreach (var url in hostile.Urls.Values) await webhooks.CreateEndpoint(url);
        await api.Cancel(await api.NewSession(widget));
        await inbox.Holds(EventsPerSession);

        var sessions = await Steadily(EventsPerSecond / EventsPerSession, async () =>
            (await api.Cancel(await api.NewSession(widget))).MustBeOk());
        await inbox.Holds((sessions + 1) * EventsPerSession, Settled);

        var latencies = inbox.FirstArrivals.Skip(EventsPerSession)
            .Select(one => (one.At - one.CreatedAt).TotalMilliseconds).Order().ToList();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{latencies.Count} events at {EventsPerSecond}/s beside {hostile.Urls.Count} hostile receivers: p50 " +
            $"{latencies[latencies.Count / 2]:F0} ms, p99 {latencies[latencies.Count * 99 / 100]:F0} ms, max " +
            $"{latencies[^1]:F0} ms"));
        Assert.True(latencies[latencies.Count * 99 / 100] < LatencyMax.TotalMilliseconds);
        inbox.MustBeInOrder();
        Assert.Equal(0, cluster.Rows.Count(
            "select count(*) from webhook_delivery join webhook_endpoint as endpoint on endpoint.id = endpoint_id " +
            $"where status = 'DELIVERED' and url <> '{inbox.Url}'"));
    }

    /// <summary>
    /// Sends at this rate for the time of the load, however long the last request takes.
    /// </summary>
    private static async Task<int> Steadily(int perSecond, Func<Task> send)
    {
        var elapsed = Stopwatch.StartNew();
        var sent = new List<Task>();
        while (elapsed.Elapsed < Load)
        {
            while (sent.Count < elapsed.Elapsed.TotalSeconds * perSecond) sent.Add(send());
            await Task.Delay(BetweenSends);
        }

        await Task.WhenAll(sent);
        return sent.Count;
    }
}
