using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo.Chains;

/// <summary>A cluster that is split: each half has a watcher of the same network, on the same database.</summary>
public sealed class TwoWatchersTests
{
    [FactThatNeeds(Tool.PostgreSql)]
    public async Task The_cursor_fences_one_of_them_and_a_payment_counts_once()
    {
        await using var chain = await ScriptedChain.Start();
        var settings = new Dictionary<string, string?>(Databases.SettingsOf(PostgreSqlServer.Shared))
        {
            ["Chains:local:NativeTransfers"] = "Off",
            ["Chains:local:StartBlock"] = "1",
        };
        await using var one = await WatchedChain.Start(
            new(settings) { ["Cluster:ClusterId"] = "half-one" }, chain);
        await using var other = await WatchedChain.Start(
            new(settings) { ["Cluster:ClusterId"] = "half-two" }, chain);
        await one.HeadIs(chain.Head);
        await other.HeadIs(chain.Head);
        var session = await one.Open("5");

        chain.Mine(1, [ScriptedChain.Log(session.Opened["depositAddress"]!, WatchedChain.Units("5"))]);
        chain.Mine(WatchedChain.Final);

        Assert.Single((await one.Becomes(session, "CONFIRMED", null))["transactions"]!.AsArray());
        await Eventually.Holds(
            "one of them ends", TimeSpan.FromSeconds(60),
            () => Task.FromResult($"{one.Host.LogText}{other.Host.LogText}".Contains(
                "is also watched by another silo", StringComparison.Ordinal)));
        await one.HeadIs(chain.Head);
        await other.HeadIs(chain.Head);
        Assert.Single((await one.Read(session))["transactions"]!.AsArray());
    }
}
