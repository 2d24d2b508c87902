using System.Net;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo;

/// <summary>A page that follows a session sees every change although nodes are killed.</summary>
public sealed class LiveViewCrashTests
{
    private const int Active = 3;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    [FactThatNeeds(Tool.PostgreSql, Tool.NodeTools)]
    public async Task The_standard_client_sees_each_change_once_and_in_order_while_its_node_and_the_owner_die()
    {
        var server = PostgreSqlServer.Shared;
        await using var cluster = await ServiceCluster.Start(server, 3, settings: Verbose);
        var session = await cluster.Nodes[0].Api.NewSession(await cluster.Nodes[0].Api.CreateWidget());
        var owner = await OwnerOf(session, cluster);
        var others = cluster.Nodes.Where(node => node != owner).ToList();

        await using var client = await NodeFollower.Start(session, [others[0], owner, others[1]]);
        Assert.Equal("1 CREATED", await client.Next());
        await Report(session, cluster, confirmations: 1);
        Assert.Equal("2 PENDING", await client.Next());

        cluster.Kill(others[0]);
        await Report(session, cluster, confirmations: 2);
        Assert.Equal("3 PENDING", await client.Next());

        // Two of three at once would leave no majority to miss them.
        await cluster.Join();
        await Eventually.True(
            () => cluster.Rows.Count($"select count(*) from OrleansMembershipTable where Status = {Active}") == 3,
            Deadline,
            () => "the cluster has taken the dead node off its list");
        cluster.Kill(owner);
        await Report(session, cluster, confirmations: 3);
        Assert.Equal("4 PENDING", await client.Next());

        await Report(session, cluster, confirmations: 12);
        Assert.Equal("5 CONFIRMED", await client.Next());
        Assert.Equal("end 204", await client.Next());
    }

    /// <summary>With these, the node that owns a session logs that it was opened there.</summary>
    internal static readonly Dictionary<string, string?> Verbose = new()
    {
        ["Logging:LogLevel:Bleepay.Grains.Sessions.DepositSessionGrain"] = "Debug",
    };

    internal static async Task<ServiceProcess> OwnerOf(TestSession session, ServiceCluster cluster)
    {
        ServiceProcess? owner = null;
        await Eventually.True(
            () => (owner = cluster.Nodes.SingleOrDefault(node =>
                node.Console.Contains($"Session {session.Id} of widget", StringComparison.Ordinal))) is not null,
            Deadline,
            () => "a node logs that it has opened the session");
        return owner!;
    }

    /// <summary>Sent to one node after the other until it is answered, as a payment processor would.</summary>
    private static async Task Report(TestSession session, ServiceCluster cluster, int confirmations)
    {
        var report = new JsonObject
        {
            ["txId"] = "0xabc",
            ["amount"] = "100",
            ["confirmations"] = confirmations,
        };
        var token = Tokens.Make(new Dictionary<string, object>
        {
            ["business_id"] = session.Widget.Business,
            ["scope"] = "payments:report",
        });
        using var deadline = new CancellationTokenSource(Deadline);
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                var api = cluster.Nodes[attempt % cluster.Nodes.Count].Api;
                var answer = await api.Post($"{session.Path}/report-payment", report, token: token);
                if ((int)answer.Status < 500)
                {
                    Assert.Equal(HttpStatusCode.OK, answer.Status);
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // It was just killed.
            }

            await Task.Delay(Pause, deadline.Token);
        }
    }
}
