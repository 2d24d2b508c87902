using System.Globalization;
using System.Net;
using Bleepay.Tests.Harness;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo;

/// <summary>A cap on open sessions holds across nodes, also while a node is killed.</summary>
public sealed class ClusterCapTests(ITestOutputHelper output)
{
    private const int Nodes = 3;
    private const int Cap = 500;

    private static readonly TimeSpan LoadTime = TimeSpan.Parse(
        Environment.GetEnvironmentVariable("CAP_TEST_TIME") ?? "00:00:07", CultureInfo.InvariantCulture);

    private static readonly TimeSpan BetweenKills = TimeSpan.FromSeconds(45);

    /// <summary>Long enough for a busy machine to open as many sessions as the cap allows.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan WhenRefused = TimeSpan.FromMilliseconds(200);

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

        // As many sessions as the cap are open before the first node is killed; its own were open or under way.
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
}
