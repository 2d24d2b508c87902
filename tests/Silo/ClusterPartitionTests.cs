using System.Net;
using Bleepay.Tests.Harness;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo;

/// <summary>
/// One of three nodes is cut off from the others, and still has the database and its clients: the case in which two
/// nodes may each believe that a session is theirs.
/// </summary>
public sealed class ClusterPartitionTests(ITestOutputHelper output)
{
    private const int Nodes = 3;
    private const int Contested = 60;

    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);
    private const int AnswersBeforeCut = 250;
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(200);

    [FactThatNeeds(Tool.PostgreSql, Tool.NetworkNamespaces)]
    public async Task A_node_cut_off_ends_no_session_that_another_has_ended_and_its_successor_joins()
    {
        var network = HostNetwork.OfThisRun;
        using var server = PostgreSqlServer.Start(network.OwnAddress);
        await using var cluster = await ServiceCluster.Start(server, network.Hosts, Lifetime);
        var (cutOff, other) = (cluster.Nodes[0], cluster.Nodes[1]);
        var widget = await other.Api.CreateWidget();
        var load = new ClusterLoad(cluster, widget);
        var cutAt = DateTimeOffset.MaxValue;

        await load.During(async () =>
        {
            await load.Answers(AnswersBeforeCut);
            var contested = await Task.WhenAll(
                Enumerable.Range(0, Contested).Select(number => load.Open($"contested-{number}")));
            network.CutOff(network.Hosts[0]);
            cutAt = DateTimeOffset.UtcNow;
            var contests = contested.Select(session => CancelOnBoth(cutOff, other, session!)).ToList();

            await cutOff.Ends();
            cluster.Forget(cutOff);
            output.WriteLine($"the node cut off ended {(DateTimeOffset.UtcNow - cutAt).TotalSeconds:F1} s after");
            load.AwaitAnswer();
            Judge(await Task.WhenAll(contests));
        });

        Assert.NotNull(load.FirstAnsweredAt);
        network.Heal(network.Hosts[0]);
        var successor = await cluster.Join(network.Hosts[0]);
        (await successor.Api.Get(widget.ConfigPath, widget.Secret)).MustBeOk();
        await new ClusterAccount(cluster.Rows, output).MustBalance(load, [cutAt]);
    }

    /// <summary>
    /// One node at a time: the second one has the session in memory as it was before, or must read it from the store.
    /// </summary>
    private static async Task<(HttpStatusCode? First, HttpStatusCode? Second)> CancelOnBoth(
        ServiceProcess cutOff, ServiceProcess other, TestSession session)
    {
        var first = await Cancel(other, session);
        return (first, await Cancel(cutOff, session));
    }

    private void Judge(IReadOnlyList<(HttpStatusCode? First, HttpStatusCode? Second)> contests)
    {
        foreach (var outcome in contests.GroupBy(contest => contest))
            output.WriteLine($"{outcome.Count()} × {outcome.Key}");
        Assert.DoesNotContain(
            contests, contest => contest is (HttpStatusCode.OK, HttpStatusCode.OK));
    }

    /// <summary>Asks this node until it answers for itself; null if it is gone before that.</summary>
    private static async Task<HttpStatusCode?> Cancel(ServiceProcess node, TestSession session)
    {
        while (true)
        {
            try
            {
                var answer = await node.Api.Cancel(session);
                if ((int)answer.Status < 500) return answer.Status;
            }
            catch (HttpRequestException)
            {
                return null;
            }

            await Task.Delay(RetryAfter);
        }
    }
}
