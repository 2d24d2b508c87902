using System.Diagnostics;
using System.Globalization;
using Bleepay.Tests.Harness;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo.Webhooks;

/// <summary>
/// Webhooks under load: bad receivers beside a good one, nodes that are killed, and a million that wait.
/// </summary>
public sealed class WebhookLoadTests(ITestOutputHelper output)
{
    private const int Nodes = 3;
    private const int EventsPerSession = 2;

    private static readonly bool IsLong = Environment.GetEnvironmentVariable("WEBHOOK_TEST") == "long";
    private static readonly TimeSpan Load = TimeSpan.FromSeconds(IsLong ? 60 : 4);
    private static readonly int EventsPerSecond = IsLong ? 200 : 60;
    private static readonly TimeSpan KillsFor = IsLong ? TimeSpan.FromMinutes(3) : TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BetweenKills = TimeSpan.FromSeconds(30);
    private static readonly int Waiting = IsLong ? 1_000_000 : 50_000;

    /// <summary>The short form shares its machine with whatever else runs there.</summary>
    private static readonly TimeSpan LatencyMax = TimeSpan.FromSeconds(IsLong ? 1 : 4);
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(120);

    private static readonly Dictionary<string, string?> Settings = new()
    {
        ["Webhooks:AllowPrivateNetworks"] = "true",
    };

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task A_good_receiver_is_told_at_once_while_all_others_fail()
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
        await api.Cancel(await api.OpenSession(widget));
        await inbox.Holds(EventsPerSession);

        var sessions = await Steadily(EventsPerSecond / EventsPerSession, async () =>
            (await api.Cancel(await api.OpenSession(widget))).MustBeOk());
        await inbox.Holds((sessions + 1) * EventsPerSession, Settled);

        var latencies = inbox.FirstArrivals.Skip(EventsPerSession)
            .Select(one => (one.At - one.CreatedAt).TotalMilliseconds).Order().ToList();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{latencies.Count} events at {EventsPerSecond}/s beside {hostile.Urls.Count} hostile receivers: p50 " +
            $"{latencies[latencies.Count / 2]:F0} ms, p99 {latencies[latencies.Count * 99 / 100]:F0} ms, max " +
            $"{latencies[^1]:F0} ms"));
        Assert.True(latencies[latencies.Count * 99 / 100] < LatencyMax.TotalMilliseconds);
        MustBeInOrder(inbox);
        Assert.Equal(0, cluster.Rows.Count(
            "select count(*) from webhook_delivery join webhook_endpoint as endpoint on endpoint.id = endpoint_id " +
            $"where status = 'DELIVERED' and url <> '{inbox.Url}'"));
    }

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task Killed_nodes_lose_no_event_and_put_none_out_of_order()
    {
        var server = PostgreSqlServer.Shared;
        await using var cluster = await ServiceCluster.Start(server, Nodes, TimeSpan.FromSeconds(10), Settings);
        await using var inbox = await Inbox.Open();
        var api = cluster.Nodes[0].Api;
        var load = new ClusterLoad(cluster, await api.CreateWidget());
        var endpoint = await new WebhookApi(api).CreateEndpoint(inbox.Url);

        await load.During(async () =>
        {
            await inbox.Holds(20);
            var elapsed = Stopwatch.StartNew();
            for (var kills = 1; kills == 1 || elapsed.Elapsed < KillsFor; kills++)
            {
                cluster.KillOne();
                await cluster.Join();
                output.WriteLine($"killed and replaced after {elapsed.Elapsed.TotalSeconds:F0} s");
                if (IsLong) await Eventually.Past(DateTimeOffset.UtcNow + BetweenKills);
            }
        });

        await Eventually.True(
            () => cluster.Rows.Count("select count(*) from deposit_session where payment_status <> 'EXPIRED'") == 0
                && cluster.Rows.Count("select count(*) from webhook_queue") == 0,
            Settled, () => $"{cluster.Rows.Count("select count(*) from webhook_queue")} sessions wait to be told");

        var owed = cluster.Rows.Read(
            "select id, 1 from deposit_session union all select session_id, sequence from session_event",
            row => (row.GetString(0), row.GetInt32(1)));
        var first = inbox.FirstArrivals;
        Assert.Equal(owed.Order(), first.Select(one => (one.SessionId, one.Sequence)).Order());
        Assert.Equal(first.Count, inbox.Received.Select(one => one.Text).Distinct().Count());
        MustBeInOrder(inbox);
        Assert.Equal(owed.Count, cluster.Rows.Count(
            $"select count(*) from webhook_delivery where status = 'DELIVERED' and endpoint_id = '{endpoint.Id}'"));
        output.WriteLine(
            $"{owed.Count} events of {load.Acknowledged.Count} sessions, each received; " +
            $"{inbox.Received.Count - first.Count} duplicates");
    }

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task What_waits_lies_in_the_store_and_not_in_memory()
    {
        var server = PostgreSqlServer.Shared;
        await using var cluster = await ServiceCluster.Start(server, 1, null, Settings);
        var isHeld = new TaskCompletionSource();
        await using var inbox = await Inbox.Open((_, _) => isHeld.Task);
        var node = cluster.Nodes[0];
        var widget = await node.Api.CreateWidget();
        var webhooks = new WebhookApi(node.Api);
        var endpoint = await webhooks.CreateEndpoint(inbox.Url);
        (await webhooks.Do(endpoint, "disable-endpoint")).MustBeOk();
        await node.Api.OpenSession(widget);
        Fill(cluster, endpoint);
        var before = node.WorkingSetBytes;

        (await webhooks.Do(endpoint, "enable-endpoint")).MustBeOk();
        await inbox.Holds(64);
        await Eventually.Past(DateTimeOffset.UtcNow + TimeSpan.FromSeconds(5));

        var grown = (node.WorkingSetBytes - before) / (1024 * 1024);
        output.WriteLine($"{Waiting} sessions wait; {inbox.Received.Count} requests under way, {grown} MB more memory");
        Assert.Equal(64, inbox.Received.Count);
        Assert.True(grown < 150, $"memory has grown by {grown} MB");
        isHeld.SetResult();
        await inbox.Holds(1_000);
        MustBeInOrder(inbox);
    }

    /// <summary>So many sessions of which both events wait, copied from the one that is there.</summary>
    private static void Fill(ServiceCluster cluster, TestEndpoint endpoint) => cluster.Rows.Execute(
        $"""
        create temp table copy as
            select 'dep_' || substr(md5(n::text), 1, 22) as session_id from generate_series(1, {Waiting}) as n;
        insert into deposit_session (
            id, business_id, widget_id, payment_status, sequence, amount, currency, network, currency_address,
            deposit_address, customer_email, customer_reference, metadata, underpayment_tolerance_percent,
            required_confirmations, capped_places, secret_key_id, fingerprint, created_at, expires_at, grain_hash)
            select copy.session_id, business_id, widget_id, 'EXPIRED', 2, amount, currency, network, currency_address,
                deposit_address, customer_email, customer_reference, metadata, underpayment_tolerance_percent,
                required_confirmations, capped_places, secret_key_id, fingerprint, created_at, expires_at, grain_hash
            from deposit_session, copy;
        insert into session_event (session_id, sequence, payment_status, cause, occurred_at)
            select session_id, 2, 'EXPIRED', 'CANCELLED', now() from copy;
        insert into webhook_delivery (
            endpoint_id, subject_id, sequence, business_id, event_type, status, attempts, step, created_at)
            select '{endpoint.Id}', session_id, sequence, '{Api.Business}',
                case sequence when 1 then 'deposit.created' else 'deposit.expired' end, 'PENDING', 0, 0, now()
            from copy, generate_series(1, 2) as sequence;
        insert into webhook_queue (endpoint_id, subject_id, version, due_at)
            select '{endpoint.Id}', session_id, 2, now() from copy;
        """);

    /// <summary>
    /// Sends so many a second for the time of the load; each in its turn, however long the last one takes.
    /// </summary>
    private static async Task<int> Steadily(int perSecond, Func<Task> send)
    {
        var elapsed = Stopwatch.StartNew();
        var sent = new List<Task>();
        while (elapsed.Elapsed < Load)
        {
            while (sent.Count < elapsed.Elapsed.TotalSeconds * perSecond) sent.Add(send());
            await Task.Delay(10);
        }

        await Task.WhenAll(sent);
        return sent.Count;
    }

    private static void MustBeInOrder(Inbox inbox) => Assert.All(
        inbox.FirstArrivals.GroupBy(one => one.SessionId),
        session => Assert.Equal(session.Select(one => one.Sequence).Order(), session.Select(one => one.Sequence)));
}
