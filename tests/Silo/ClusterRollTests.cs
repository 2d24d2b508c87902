using Bleepay.Tests.Harness;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo;

/// <summary>An upgrade, as an orchestrator does it: node by node, each replaced before it is stopped.</summary>
public sealed class ClusterRollTests(ITestOutputHelper output)
{
    /// <summary>
    /// Each successor joins before a node leaves, so that three serve at once. More nodes would only repeat that.
    /// </summary>
    private const int Nodes = 2;

    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task Replacing_every_node_under_load_fails_no_request()
    {
        var server = PostgreSqlServer.Shared;
        await using var cluster = await ServiceCluster.Start(server, Nodes, Lifetime);
        var load = new ClusterLoad(cluster, await cluster.Nodes[0].Api.CreateWidget());

        var retired = new List<DateTimeOffset>();

        await load.During(async () =>
        {
            for (var node = 0; node < Nodes; node++)
            {
                await cluster.Join();
                retired.Add(DateTimeOffset.UtcNow);
                Assert.Equal(0, await cluster.RetireOne());
                var took = DateTimeOffset.UtcNow - retired[^1];
                output.WriteLine($"left {took.TotalSeconds:F1} s after it was asked to");
            }
        });

        Assert.Empty(load.Failures);
        await new ClusterAccount(cluster.Rows, output).MustBalance(load, retired);
    }
}
