using Bleepay.Silo.Storage.PostgreSql;
using Bleepay.Tests.Harness;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bleepay.Tests.Silo;

/// <summary>Nodes that share a database are one service.</summary>
public sealed class ClusterTests
{
    private const int Active = 3;
    private const int Sessions = 12;

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task What_one_node_opens_the_others_read_and_cancel_and_one_may_leave()
    {
        var server = PostgreSqlServer.Shared;
        await using var cluster = await ServiceCluster.Start(server, 3);
        var apis = cluster.Nodes.Select(node => node.Api).ToList();
        Assert.Equal(3, SilosIn(cluster, Active));
        var widget = await apis[0].CreateWidget();

        for (var number = 0; number < Sessions; number++)
        {
            var session = await apis[number % 3].NewSession(widget, null, $"order-{number}");
            foreach (var api in apis)
            {
                Assert.Equal("CREATED", (await api.Get(session.Path, session.Secret)).MustBeOk()["paymentStatus"]);
                Assert.Equal(
                    session.Opened.Text, (await api.CreateSession(widget, null, $"order-{number}")).MustBeOk().Text);
            }

            (await apis[(number + 1) % 3].Cancel(session)).MustBeOk();
            Assert.All(
                await Task.WhenAll(apis.Select(api => api.ReadAsMember(session))),
                answer => Assert.Equal("EXPIRED", answer["paymentStatus"]));
        }

        Assert.Equal(0, await cluster.StopOne());
        Assert.Equal(2, SilosIn(cluster, Active));
        await cluster.Nodes[0].Api.NewSession(widget);
    }

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task A_database_of_a_newer_release_is_refused_in_one_clear_line()
    {
        var server = PostgreSqlServer.Shared;
        using var folder = new TemporaryFolder();
        var settings = Databases.SettingsOf(server);
        using (var database = new PostgreSqlDatabase(settings["ConnectionStrings:Bleepay"]!))
            database.Migrate(NullLogger.Instance);
        StoredRows.OnServer(settings["ConnectionStrings:Bleepay"]!).Execute(
            "insert into bleepay_schema (version, name) values (9999, 'later')");

        var exit = await ServiceProcess.StartInVain(folder.Path, settings);

        Assert.Equal(1, exit.Code);
        Assert.Contains("schema version 9999", exit.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", exit.Errors, StringComparison.Ordinal);
    }

    private static long SilosIn(ServiceCluster cluster, int status) =>
        cluster.Rows.Count($"select count(*) from OrleansMembershipTable where Status = {status}");
}
