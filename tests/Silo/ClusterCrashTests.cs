using System.Globalization;
using Bleepay.Tests.Harness;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo;

/// <summary>
/// Nodes under load lose one of them. Judged by the answers, and by the rows.
/// </summary>
public sealed class ClusterCrashTests(ITestOutputHelper output)
{
    private const int Nodes = 3;

    private static readonly int Kills =
        int.Parse(Environment.GetEnvironmentVariable("CLUSTER_TEST_KILLS") ?? "1", CultureInfo.InvariantCulture);

    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);

    /// <summary>Some seconds of load at its pace, and less than sessions live.</summary>
    private const int RequestsBetween = 500;
    private static readonly TimeSpan BetweenKills = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FailuresAfterKillMax = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan UsualLatenessMax = TimeSpan.FromSeconds(2);

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task Nodes_that_are_killed_and_replaced_lose_and_double_nothing()
    {
        var server = PostgreSqlServer.Shared;
        await using var cluster = await ServiceCluster.Start(server, Nodes, Lifetime);
        var load = new ClusterLoad(cluster, await cluster.Nodes[0].Api.CreateWidget());
        var kills = new List<DateTimeOffset>();

        await load.During(async () =>
        {
            await load.Answers(RequestsBetween);
            while (kills.Count < Kills)
            {
                kills.Add(DateTimeOffset.UtcNow);
                cluster.KillOne();
                await cluster.Join();
                output.WriteLine(
                    $"killed, replaced {(DateTimeOffset.UtcNow - kills[^1]).TotalSeconds:F1} s later");
                if (Kills > 1) await Eventually.Past(kills[^1] + BetweenKills);
            }

            // The load continues with the successor.
            await load.Answers(RequestsBetween);
        });

        await new ClusterAccount(cluster.Rows, output).MustBalance(load, kills, Kills > 1 ? UsualLatenessMax : null);
        Assert.DoesNotContain(
            load.Failures, one => !kills.Any(kill => one.Overlaps(kill, kill + FailuresAfterKillMax)));
    }
}
