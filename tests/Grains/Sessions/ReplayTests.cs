using Bleepay.Grains;
using Bleepay.Grains.Sessions;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Grains.Sessions;

/// <summary>
/// A creation whose session is stored and not in memory: the insert finds out that it is there, or a limit stops the
/// insert before.
/// </summary>
public sealed class ReplayTests : IAsyncLifetime
{
    private const string Address = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

    private GrainCluster? cluster;

    [Theory]
    [OnEachDatabase("none")]
    [OnEachDatabase("widget")]
    [OnEachDatabase("reference")]
    [OnEachDatabase("addresses")]
    public async Task A_session_is_answered_again_although_its_limit_is_reached(string database, string limit)
    {
        cluster = await GrainCluster.Start(database: Databases.OfServer(database));
        var command = limit switch
        {
            "widget" => Creation(new OpenSessionCaps(1, null), null),
            "reference" => Creation(new OpenSessionCaps(null, 1), null),
            "addresses" => Creation(default, new AddressPool([Address], TimeSpan.FromHours(1))),
            _ => Creation(default, null),
        };
        (await cluster.Session("dep_replayed").Create(command)).TryGet(out var opened, out _);
        await cluster.Forget("dep_replayed");

        var again = await cluster.Session("dep_replayed").Create(command);

        Assert.True(again.TryGet(out var replayed, out var refusal), refusal?.Detail);
        Assert.Equal(opened! with { Timeline = [], Payments = [] }, replayed with { Timeline = [], Payments = [] });
    }

    [Theory]
    [OnEachDatabase(10)]
    [OnEachDatabase(1)]
    public async Task Another_body_is_a_conflict_also_at_a_limit(string database, int cap)
    {
        cluster = await GrainCluster.Start(database: Databases.OfServer(database));
        var command = Creation(new OpenSessionCaps(cap, null), null);
        await cluster.Session("dep_replayed").Create(command);
        await cluster.Forget("dep_replayed");

        var other = await cluster.Session("dep_replayed").Create(command with { Fingerprint = [4, 5, 6] });

        Assert.Equal(RefusalCode.IdempotencyConflict, other.Refusal!.Code);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (cluster is not null) await cluster.DisposeAsync();
    }

    private static CreateDepositSession Creation(OpenSessionCaps caps, AddressPool? addresses) => new(
        GrainCluster.Business, "wdgt_grains",
        new SessionTerms("5", "USDC", "polygon", "", Address, null, "order_1", null),
        "00000000", [1, 2, 3], null, caps, null, addresses);
}
