using System.Net;
using Bleepay.Tests.Harness;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo;

/// <summary>
/// Nodes under load lose their database. Judged by the answers, and by the rows.
/// </summary>
[Collection(QuietMachine.Name)]
public sealed class DatabaseCrashTests(ITestOutputHelper output)
{
    /// <summary>All nodes lose the database at once: one more would show nothing else.</summary>
    private const int Nodes = 2;

    /// <summary>Some seconds of load at its pace, and less than sessions live.</summary>
    private const int RequestsBetween = 500;

    /// <summary>The clients have then found the database gone.</summary>
    private const int FailuresMin = 2 * ClusterLoad.Clients;

    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BackWithin = TimeSpan.FromSeconds(5);

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task A_database_that_crashes_and_returns_loses_and_doubles_nothing()
    {
        using var server = PostgreSqlServer.Start();
        await using var cluster = await ServiceCluster.Start(server, Nodes, Lifetime);
        var load = new ClusterLoad(cluster, await cluster.Nodes[0].Api.CreateWidget());
        var crashedAt = DateTimeOffset.MaxValue;
        var restartedAt = DateTimeOffset.MaxValue;

        await load.During(async () =>
        {
            await load.Answers(RequestsBetween);
            crashedAt = DateTimeOffset.UtcNow;
            server.Crash();
            await load.Fails(FailuresMin);
            server.Restart();
            restartedAt = DateTimeOffset.UtcNow;
            load.AwaitAnswer();

            // What is sent from then on may not fail, and is sent.
            await Eventually.Past(restartedAt + BackWithin);
            await load.Answers(RequestsBetween);
        });

        output.WriteLine(
            $"database down for {(restartedAt - crashedAt).TotalSeconds:F1} s, " +
            $"first answer {(load.FirstAnsweredAt - restartedAt)?.TotalSeconds:F2} s after its return, " +
            $"last failure {(load.Failures.Max(one => one.FailedAt) - restartedAt).TotalSeconds:F2} s");
        await new ClusterAccount(cluster.Rows, output).MustBalance(load, [crashedAt]);
        Assert.DoesNotContain(load.Failures, one => !one.Overlaps(crashedAt, restartedAt + BackWithin));
        Assert.DoesNotContain(load.Failures, one =>
            one is not ({ Status: HttpStatusCode.ServiceUnavailable, SaysWhen: true } or { Status: null }));
        Assert.InRange(load.FirstAnsweredAt!.Value - restartedAt, TimeSpan.Zero, BackWithin);
    }
}
