using System.Diagnostics;
using Bleepay.Tests.Harness;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo.Webhooks;

/// <summary>
/// Webhooks under load: nodes that are killed, and a million that wait.
/// </summary>
public sealed class WebhookLoadTests(ITestOutputHelper output)
{
    private const int EventsPerSession = 2;

    private static readonly bool IsLong = Environment.GetEnvironmentVariable("WEBHOOK_TEST") == "long";
    private static readonly int Nodes = IsLong ? 3 : 2;
    private static readonly TimeSpan KillsFor = IsLong ? TimeSpan.FromMinutes(3) : TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BetweenKills = TimeSpan.FromSeconds(30);
    private static readonly int Waiting = IsLong ? 1_000_000 : 20_000;
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(120);

    private static readonly Dictionary<string, string?> Settings = new()
    {
        ["Webhooks:AllowPrivateNetworks"] = "true",
    };

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
            Settled, () => $"every session is EXPIRED and all its events are sent; not yet {Left(cluster)}");

        var owed = cluster.Rows.Read(
            "select id, 1 from deposit_session union all select session_id, sequence from session_event",
            row => (row.GetString(0), row.GetInt32(1)));
        var first = inbox.FirstArrivals;
        Assert.Equal(owed.Order(), first.Select(one => (one.SessionId, one.Sequence)).Order());
        Assert.Equal(first.Count, inbox.Received.Select(one => one.Text).Distinct().Count());
        inbox.MustBeInOrder();
        Assert.Equal(owed.Count, cluster.Rows.Count(
            $"select count(*) from webhook_delivery where status = 'DELIVERED' and endpoint_id = '{endpoint.Id}'"));
        output.WriteLine(
            $"{owed.Count} events of {load.Acknowledged.Count} sessions, each received; " +
            $"{inbox.Received.Count - first.Count} duplicates");
    }

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task Waiting_events_are_in_the_store_and_not_in_memory()
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
        await node.Api.NewSession(widget);
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
        inbox.MustBeInOrder();
    }

    /// <summary>Copies the existing session, so that both events of each copy wait.</summary>
    private static void Fill(ServiceCluster cluster, TestEndpoint endpoint) => cluster.Rows.Execute(
        $"""
        create temp table copy as
            select 'dep_' || substr(md5(n::text), 1, 22) as session_id from generate_series(1, {Waiting}) as n;
        insert into deposit_session (
            id, business_id, widget_id, payment_status, sequence, amount, currency, network, currency_address,
            deposit_address, customer_email, customer_reference, metadata, underpayment_tolerance_percent,
            required_confirmations, slots, has_assigned_address, secret_key_id, fingerprint, created_at,
            expires_at, grain_hash)
            select copy.session_id, business_id, widget_id, 'EXPIRED', 2, amount, currency, network, currency_address,
                deposit_address, customer_email, customer_reference, metadata, underpayment_tolerance_percent,
                required_confirmations, slots, has_assigned_address, secret_key_id, fingerprint, created_at,
                expires_at, grain_hash
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

    /// <summary>What is open or queued, with each event of it that the endpoint has not accepted.</summary>
    private static string Left(ServiceCluster cluster) =>
        $"""
        {cluster.Rows.ShowOpen()}
        queued {cluster.Rows.Show(
            """
            select queue.endpoint_id, queue.session_id, queue.version, due_at, current_timestamp as now, sequence,
                status, attempts, step, last_attempt_at, response_code, failure
            from webhook_queue as queue left join webhook_delivery as delivery
                on delivery.endpoint_id = queue.endpoint_id and delivery.session_id = queue.session_id
                and status <> 'DELIVERED'
            order by due_at, queue.session_id, sequence
            """)}
        """;
}
