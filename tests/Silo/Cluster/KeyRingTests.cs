using System.Net;
using System.Security.Cryptography;
using Bleepay.Grains.Nodes;
using Bleepay.Silo.Storage.PostgreSql;
using Bleepay.Tests.Harness;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bleepay.Tests.Silo.Cluster;

/// <summary>Nodes that would not understand each other's secrets do not serve together.</summary>
public sealed class KeyRingTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task Only_keys_that_sign_have_to_be_known_by_every_node()
    {
        var server = PostgreSqlServer.Shared;
        using var database = new PostgreSqlDatabase(server.CreateDatabase());
        database.Migrate(NullLogger.Instance);
        var rings = new PostgreSqlKeyRings(database);

        Assert.Null(await rings.Admit(Ring("one", "A")));
        Assert.Null(await rings.Admit(Ring("one", "A")));
        var foreign = await rings.Admit(Ring("foreign", "B"));
        Assert.Equal("A", Assert.Single(foreign!.MissingKeyIds));
        Assert.True(foreign.IsSigningKeyUnknown);

        // A rotation: the new key is last on every node, then first, and at the end the old one goes.
        var early = await rings.Admit(Ring("early", "B", "A"));
        Assert.Empty(early!.MissingKeyIds);
        Assert.True(early.IsSigningKeyUnknown);
        Assert.Null(await rings.Admit(Ring("two", "A", "B")));
        await rings.Leave("one");
        Assert.Null(await rings.Admit(Ring("three", "B", "A")));
        var late = await rings.Admit(Ring("late", "B"));
        Assert.Equal("A", Assert.Single(late!.MissingKeyIds));
        Assert.False(late.IsSigningKeyUnknown);
        await rings.Leave("two");
        Assert.Null(await rings.Admit(Ring("four", "B")));
    }

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task A_node_that_was_not_seen_for_two_minutes_no_longer_counts()
    {
        var server = PostgreSqlServer.Shared;
        using var database = new PostgreSqlDatabase(server.CreateDatabase());
        database.Migrate(NullLogger.Instance);
        var rings = new PostgreSqlKeyRings(database);
        Assert.Null(await rings.Admit(Ring("killed", "A")));

        Age("110 seconds");
        Assert.NotNull(await rings.Admit(Ring("other", "B")));
        Age("20 seconds");
        Assert.Null(await rings.Admit(Ring("other", "B")));

        void Age(string by)
        {
            using var connection = database.Open();
            using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The text is of this test.
            command.CommandText = $"update node_key_ring set seen_at = seen_at - interval '{by}'";
#pragma warning restore CA2100
            Assert.Equal(1, command.ExecuteNonQuery());
        }
    }

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task A_silo_and_a_gateway_with_a_foreign_key_are_never_ready_and_answer_503()
    {
        var server = PostgreSqlServer.Shared;
        var settings = Databases.SettingsOf(server);
        settings["Cluster:GatewayPort"] = $"{FreePort.Several(1)[0]}";
        await using var silo = await ServiceProcess.Start(folder.Path, settings);
        var widget = await silo.Api.CreateWidget();
        var foreign = TestLog.Remember(Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));

        await Refuses(new(settings) { ["Secrets:Keys:0"] = foreign, ["Cluster:GatewayPort"] = null });
        await Refuses(new()
        {
            ["Secrets:Keys:0"] = foreign,
            ["Cluster:Gateways"] = $"127.0.0.1:{settings["Cluster:GatewayPort"]}",
        });
        await using (var gateway = await ServiceProcess.Start(folder.Path, new Dictionary<string, string?>
        {
            ["Secrets:Keys:0"] = settings["Secrets:Keys:0"],
            ["Cluster:Gateways"] = $"127.0.0.1:{settings["Cluster:GatewayPort"]}",
        }))
            await gateway.Api.NewSession(widget);

        async Task Refuses(Dictionary<string, string?> ofNode)
        {
            await using var node = await ServiceProcess.StartUnready(folder.Path, ofNode);
            await Eventually.Holds("the node logs why it does not serve", Deadline, () => Task.FromResult(
                node.Console.Contains("its Secrets__Keys differ", StringComparison.Ordinal)));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await node.Api.Get("/health/ready")).Status);
            (await node.Api.CreateSession(widget)).MustBe(HttpStatusCode.ServiceUnavailable, "unavailable");
            Assert.DoesNotContain(foreign, node.Console, StringComparison.Ordinal);
        }
    }

    private static NodeKeyRing Ring(string node, params string[] keys) => new(node, keys[0], [.. keys]);
}
