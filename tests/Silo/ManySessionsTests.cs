using System.Diagnostics;
using System.Globalization;
using System.Net;
using Bleepay.Silo.Storage.PostgreSql;
using Bleepay.Silo.Storage.Sessions;
using Bleepay.Tests.Harness;
using Bleepay.Tests.Silo.Storage;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo;

/// <summary>Nodes over a store that holds many sessions already.</summary>
public sealed class ManySessionsTests(ITestOutputHelper output)
{
    private const int WrittenTogether = 5_000;
    private const int Clients = 16;

    private static readonly int Open = Setting("MANY_SESSIONS_OPEN", 20_000);
    private static readonly int Due = Setting("MANY_SESSIONS_DUE", 5_000);

    /// <summary>Of the open ones, what falls due within the window that a node loads.</summary>
    private static readonly double ShareDueSoon = 0.03;

    private static readonly TimeSpan FarAway = TimeSpan.FromHours(1);
    private static readonly TimeSpan UntilDue = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ExpiredWithin = TimeSpan.FromSeconds(60);
    private const long PeakMemoryMax = 300L << 20;

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task A_node_joins_over_many_open_sessions_in_little_memory()
    {
        var server = PostgreSqlServer.Shared;
        await using var cluster = await ServiceCluster.Start(server, 1);
        var widget = await cluster.Nodes[0].Api.CreateWidget();
        var soon = DateTimeOffset.UtcNow + UntilDue + SeedingTime(Open);
        Seed(cluster, Open, number => number < Open * ShareDueSoon ? soon.AddSeconds(number % 10) : soon + FarAway);

        var joining = Stopwatch.StartNew();
        var node = await cluster.Join();
        await node.Api.NewSession(widget);
        output.WriteLine(
            $"over {Open} open sessions the second node served after {joining.Elapsed.TotalSeconds:F1} s, " +
            $"in {node.PeakMemory >> 20} MB");
        Assert.InRange(node.PeakMemory, 0, PeakMemoryMax);

        await Eventually.True(
            () => Expired(cluster) >= Open * ShareDueSoon,
            soon - DateTimeOffset.UtcNow + TimeSpan.FromSeconds(10) + ExpiredWithin,
            () => $"all that were due soon are EXPIRED; not yet {cluster.Rows.ShowOpen()}");
        var peaks = cluster.Nodes.Select(one => $"{one.PeakMemory >> 20} MB");
        output.WriteLine($"after what was due had expired, the peaks of both nodes were {string.Join(", ", peaks)}");
    }

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task Many_sessions_due_in_one_second_all_expire_while_others_are_opened()
    {
        var server = PostgreSqlServer.Shared;
        await using var cluster = await ServiceCluster.Start(server, 1);
        var node = cluster.Nodes[0];
        var widget = await node.Api.CreateWidget();
        var due = DateTimeOffset.UtcNow + UntilDue + SeedingTime(Due);
        Seed(cluster, Due, number => due.AddMilliseconds(number % 1_000));
        var latencies = new List<double>();

        using var end = new CancellationTokenSource();
        var clients = Enumerable.Range(0, Clients).Select(_ => Creations(node.Api, widget, end.Token)).ToList();
        await Eventually.Past(due.AddSeconds(1));
        await Eventually.True(
            () => Expired(cluster) == Due, ExpiredWithin,
            () => $"{Expired(cluster)} of {Due} are EXPIRED; not yet {cluster.Rows.ShowOpen()}");
        await end.CancelAsync();
        foreach (var client in clients) latencies.AddRange(await client);

        latencies.Sort();
        var last = cluster.Rows.Count(
            """
            select (extract(epoch from max(occurred_at - expires_at)) * 1000)::bigint
            from session_event join deposit_session on id = session_id where session_event.payment_status = 'EXPIRED'
            """);
        output.WriteLine(
            $"{Due} due in one second: all EXPIRED, the last {last} ms late; meanwhile {latencies.Count} creations, " +
            $"p50 {latencies[latencies.Count / 2]:F0} ms, p99 {latencies[latencies.Count * 99 / 100]:F0} ms");
    }

    /// <summary>One client that opens sessions as fast as they are answered.</summary>
    /// <returns>How long each took, in milliseconds; every one was answered 200.</returns>
    private static async Task<List<double>> Creations(Api api, TestWidget widget, CancellationToken end)
    {
        var latencies = new List<double>();
        while (!end.IsCancellationRequested)
        {
            var elapsed = Stopwatch.StartNew();
            Assert.Equal(HttpStatusCode.OK, (await api.CreateSession(widget)).Status);
            latencies.Add(elapsed.Elapsed.TotalMilliseconds);
        }

        return latencies;
    }

    private static TimeSpan SeedingTime(int sessions) => TimeSpan.FromSeconds(sessions / 10_000.0);

    private static long Expired(ServiceCluster cluster) =>
        cluster.Rows.Count("select count(*) from deposit_session where payment_status = 'EXPIRED'");

    private static void Seed(ServiceCluster cluster, int count, Func<int, DateTimeOffset> expiresAt)
    {
        using var database = new PostgreSqlDatabase(cluster.ConnectionString);
        var sessions = database.Sessions();
        foreach (var numbers in Enumerable.Range(0, count).Chunk(WrittenTogether))
        {
            var results = sessions.Write([.. numbers.Select(number => TestStore.First(TestStore.Opened(
                string.Create(CultureInfo.InvariantCulture, $"dep_seed{number}"), expiresAt(number))))]);
            Assert.All(results, result => Assert.Equal(SessionWriteOutcome.Stored, result.Outcome));
        }

        cluster.Rows.Read("analyze deposit_session", _ => 0);
    }

    private static int Setting(string variable, int otherwise) => int.Parse(
        Environment.GetEnvironmentVariable(variable) ?? $"{otherwise}", CultureInfo.InvariantCulture);
}
