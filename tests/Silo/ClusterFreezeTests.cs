using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Bleepay.Tests.Harness;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo;

/// <summary>A node that freezes, as a paused virtual machine does, keeps nothing that the others need.</summary>
public sealed class ClusterFreezeTests(ITestOutputHelper output)
{
    private const int Nodes = 2;
    private const int Merchants = 6;
    private const int BusyClientsOfANode = 6;
    private const int Cap = 40;

    /// <summary>How often a node is frozen: at some of these moments one of its commits is under way.</summary>
    private const int Freezes = 20;

    private static readonly TimeSpan FrozenTime = TimeSpan.Parse(
        Environment.GetEnvironmentVariable("FREEZE_TEST_TIME") ?? "00:00:04", CultureInfo.InvariantCulture);

    /// <summary>Longer than a commit that is under way needs to end.</summary>
    private static readonly TimeSpan LookAfter = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan BetweenCounts = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan BetweenFreezes = TimeSpan.FromMilliseconds(150);

    /// <summary>Every merchant asks this often, whether the last request was answered or not.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan InTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromSeconds(40);

    /// <summary>Beyond this the other node declares the frozen one dead, which then ends when it wakes.</summary>
    private static readonly TimeSpan DeadAfter = TimeSpan.FromSeconds(10);

    /// <summary>Of the control's share, which is measured at another time on a machine that others may use.</summary>
    private const double ShareMin = 0.9;

    [FactThatNeeds(Tool.PostgreSql, Tool.SocketTable)]
    public async Task A_node_that_freezes_under_capped_load_holds_up_no_creation_on_the_other_node()
    {
        var server = PostgreSqlServer.Shared;

        // While a frozen node is not yet declared dead, Orleans still places new sessions on it, the more the busier
        // the other is. A few seconds on a busy machine prove nothing about the database, so only a long freeze has a
        // control to be compared with.
        var control = FrozenTime > DeadAfter ? await MeasureOnNewNodes(server, cap: null) : null;
        var capped = await MeasureOnNewNodes(server, Cap);

        output.WriteLine($"without a cap {control}, with a cap {capped}");
        Assert.Equal(0, capped.HeldTransactions);
        if (control is not null)
            Assert.True(
                capped.Share >= control.Share * ShareMin, $"With a cap {capped}, without one {control} were in time.");
    }

    private async Task<Measured> MeasureOnNewNodes(PostgreSqlServer server, int? cap)
    {
        await using var cluster = await ServiceCluster.Start(server, Nodes);
        return await Measure(cluster, cap);
    }

    private async Task<Measured> Measure(ServiceCluster cluster, int? cap)
    {
        var living = HolderOfMostEntries(cluster);
        var frozen = cluster.Nodes.Single(node => node != living);
        var busy = await WidgetOn(living, cap);
        var merchants = new List<TestWidget>();
        while (merchants.Count < Merchants) merchants.Add(await WidgetOn(living, cap: null));
        foreach (var merchant in merchants) (await living.Api.CreateSession(merchant)).MustBeOk();

        using var end = new CancellationTokenSource();
        var load = new CappedLoad(busy, end.Token);
        var clients = Task.WhenAll(
            cluster.Nodes.SelectMany(node => Enumerable.Repeat(node, BusyClientsOfANode)).Select(load.Client));
        var most = MostOpen(cluster.Rows, busy, end.Token);
        await Eventually.True(
            () => load.Opened > 2 * Cap && (cap is null || load.Refused > 0), Deadline,
            () => $"{load.Opened} are open, {load.Refused} were refused");

        var held = await Freeze(frozen, cluster.Rows);
        // Separate connections: those of the busy clients may all wait for the frozen node.
        using var http = new HttpClient { BaseAddress = new Uri(living.Address) };
        var (begun, inTime) = await Open(new Api(http), merchants);
        frozen.Resume();

        // The node continues, or was declared dead meanwhile and ends.
        await Eventually.Holds(
            "the woken node answers or ends", Deadline, async () => frozen.HasEnded || await Serves(frozen));
        await end.CancelAsync();
        await clients.WaitAsync(Deadline);
        MustBeUnharmed(cluster.Rows, load, cap, await most);
        output.WriteLine($"{load.Opened} opened and {load.Refused} refused of the busy widget");
        return new(begun, inTime, held);
    }

    /// <summary>
    /// Freezes the node repeatedly, and leaves it frozen once it holds a transaction open, or at the last time.
    /// </summary>
    /// <returns>
    /// How many transactions it holds open that have written or locked a row; only those have an id.
    /// </returns>
    private static async Task<long> Freeze(ServiceProcess node, StoredRows rows)
    {
        for (var freeze = 1; ; freeze++)
        {
            node.Suspend();
            await Eventually.Past(DateTimeOffset.UtcNow + LookAfter);

            // The other node continues, but none of its transactions waits for its client for this long.
            var held = rows.Count(
                "select count(*) from pg_stat_activity " +
                "where datname = current_database() and wait_event = 'ClientRead' " +
                "and backend_xid is not null and state_change < clock_timestamp() - interval '200 milliseconds'");
            if (held > 0 || freeze == Freezes) return held;
            node.Resume();
            await Eventually.Past(DateTimeOffset.UtcNow + BetweenFreezes);
        }
    }

    /// <summary>Creations of the other merchants, at a steady pace for as long as the node is frozen.</summary>
    private static async Task<(int Begun, int InTime)> Open(Api api, IReadOnlyList<TestWidget> merchants)
    {
        var requests = new ConcurrentQueue<Task<bool>>();
        var until = DateTimeOffset.UtcNow + FrozenTime;
        await Task.WhenAll(merchants.Select(async merchant =>
        {
            for (var at = DateTimeOffset.UtcNow; at < until; at += Pace)
            {
                await Eventually.Past(at);
                requests.Enqueue(IsInTime(api.CreateSession(merchant)));
            }
        }));
        var answers = await Task.WhenAll(requests);
        return (answers.Length, answers.Count(isInTime => isInTime));
    }

    private static async Task<bool> IsInTime(Task<Answer> request)
    {
        try
        {
            return (await request.WaitAsync(InTime)).Status == HttpStatusCode.OK;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private static void MustBeUnharmed(StoredRows rows, CappedLoad load, int? cap, long most)
    {
        Assert.Equal(0, load.Doubled);
        Assert.Equal(0, rows.Count(
            "select count(*) from (select 1 from session_event group by session_id having count(*) > 1) as twice"));
        if (cap is null) return;

        Assert.Equal(0, rows.Count(
            $"""
            select open_sessions - (
                select count(*) from deposit_session
                where widget_id = '{load.Widget.Id}' and payment_status = 'CREATED')
            from open_session_count where widget_id = '{load.Widget.Id}'
            """));
        Assert.InRange(most, 1, (long)cap);
        Assert.True(load.Refused > 0);
    }

    /// <summary>
    /// The most sessions that were open at once. Counted in the database all along: the times that sessions show are
    /// those of their decisions, and their commits come in another order.
    /// </summary>
    private static async Task<long> MostOpen(StoredRows rows, TestWidget widget, CancellationToken end)
    {
        var most = 0L;
        while (!end.IsCancellationRequested)
        {
            await Eventually.Past(DateTimeOffset.UtcNow + BetweenCounts);
            most = Math.Max(most, await Task.Run(() => rows.Count(
                $"""
                select count(*) from deposit_session
                where widget_id = '{widget.Id}' and payment_status = 'CREATED'
                """)));
        }

        return most;
    }

    /// <summary>
    /// The node with the larger part of the directory of grains: a new session whose entry belongs to the frozen node
    /// waits for it, whatever the database does.
    /// </summary>
    private static ServiceProcess HolderOfMostEntries(ServiceCluster cluster)
    {
        var silos = cluster.Rows
            .Read(
                "select address, port, generation from orleansmembershiptable",
                row => SiloAddress.New(IPAddress.Parse(row.GetString(0)), row.GetInt32(1), row.GetInt32(2)))
            .OrderBy(silo => silo.GetConsistentHashCode())
            .ToList();
        Assert.Equal(Nodes, silos.Count);

        // A silo holds the entries from its own hash to the next silo's (LocalGrainDirectory).
        var ofFirst = (long)silos[1].GetConsistentHashCode() - silos[0].GetConsistentHashCode();
        var port = silos[ofFirst > uint.MaxValue / 2 ? 0 : 1].Endpoint.Port;
        return cluster.Nodes.Single(node => ListeningSockets.Of(node.Id).Any(socket => socket.Port == port));
    }

    /// <summary>Makes widgets until one is on this node, as its log shows.</summary>
    private static async Task<TestWidget> WidgetOn(ServiceProcess node, int? cap)
    {
        while (true)
        {
            var body = Api.GoodWidget();
            if (cap is not null) body = body.With("maxOpenSessions", cap);
            var widget = await node.Api.CreateWidget(body, Api.NewBusiness());
            if (node.Console.Contains($"Widget {widget.Id} ", StringComparison.Ordinal)) return widget;
        }
    }

    private static async Task<bool> Serves(ServiceProcess node)
    {
        try
        {
            return (await node.Api.Get("/health/ready")).Status == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>Clients that open sessions of one widget, and cancel one of theirs when there is no slot.</summary>
    private sealed class CappedLoad(TestWidget widget, CancellationToken end)
    {
        private readonly ConcurrentDictionary<string, byte> ids = new();
        private int refused;
        private int doubled;

        public TestWidget Widget => widget;

        public int Opened => ids.Count;

        public int Refused => refused;

        /// <summary>How many sessions were answered twice.</summary>
        public int Doubled => doubled;

        public async Task Client(ServiceProcess node)
        {
            var own = new Queue<TestSession>();
            while (!end.IsCancellationRequested && !node.HasEnded)
            {
                try
                {
                    var answer = await node.Api.CreateSession(widget).WaitAsync(GiveUpAfter);
                    if (answer.Status == HttpStatusCode.OK) own.Enqueue(Remember(answer));
                    else if (answer.Status == HttpStatusCode.TooManyRequests) Interlocked.Increment(ref refused);
                    if (own.Count > Cap / (Nodes * BusyClientsOfANode) || answer.Status != HttpStatusCode.OK)
                        await Cancel(node, own);
                }
                catch (Exception broken) when (broken is HttpRequestException or TimeoutException)
                {
                    // This client does not learn whether it was opened; the counter shows it.
                }
            }
        }

        private static async Task Cancel(ServiceProcess node, Queue<TestSession> own)
        {
            if (own.TryDequeue(out var oldest)) await node.Api.Cancel(oldest).WaitAsync(GiveUpAfter);
        }

        private TestSession Remember(Answer answer)
        {
            if (!ids.TryAdd(answer["id"]!, 0)) Interlocked.Increment(ref doubled);
            return new(answer["id"]!, answer["clientSecret"]!, widget, answer);
        }
    }

    /// <param name="HeldTransactions">How many the frozen node held open.</param>
    private sealed record Measured(int Begun, int InTime, long HeldTransactions)
    {
        public double Share => (double)InTime / Begun;

        public override string ToString() => $"{InTime} of {Begun} with {HeldTransactions} transactions held";
    }
}
