using System.Reflection;
using Bleepay.Grains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Sessions;
using Bleepay.Silo;
using Bleepay.Silo.Cluster;
using Bleepay.Silo.Storage.PostgreSql;
using Bleepay.Tests.Harness;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.TestingHost;

namespace Bleepay.Tests.Silo.Cluster;

/// <summary>Sessions live where their ids lead, on silos that come and go.</summary>
public sealed class SessionHomesTests : IAsyncLifetime, IDisposable
{
    private const string Business = "biz_homes";
    private const int Sessions = 60;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly Member Owner = new([Business]);

    private readonly string connectionString = PostgreSqlServer.Shared.CreateDatabase();
    private readonly FileLogger log = new(TestLog.NewFile("homes"));
    private InProcessTestCluster cluster = null!;

    public async Task InitializeAsync()
    {
        var builder = new InProcessTestClusterBuilder(2);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddBleepay(new ConfigurationBuilder().Build(), new PostgreSqlDatabase(connectionString));
            silo.Services.AddLogging(logging => logging.AddProvider(log));
        });
        cluster = builder.Build();
        await cluster.DeployAsync();
    }

    public async Task DisposeAsync() => await cluster.DisposeAsync();

    public void Dispose() => log.Dispose();

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task A_session_is_active_at_home_and_its_home_is_where_its_reminder_fires()
    {
        var ids = await Open();

        foreach (var silo in cluster.Silos)
        {
            var homes = HomesOf(silo);
            foreach (var id in ids)
            {
                var grain = cluster.Client.DepositSession(id).GetGrainId();
                Assert.Equal(OwnerOnReminderRing(silo, grain), homes.HomeOf(grain));
                Assert.Equal(homes.HomeOf(grain)!.Equals(silo.SiloAddress), !homes.IsElsewhere(id));
                Assert.Equal(homes.HomeOf(grain)!.Equals(silo.SiloAddress), IsActive(silo, grain));
            }

            Assert.Contains(ids, id => !homes.IsElsewhere(id));
        }
    }

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task A_session_of_another_home_is_created_here_and_lives_there_afterwards()
    {
        var here = cluster.Silos[0];
        var homes = HomesOf(here);
        var ids = Enumerable.Range(0, Sessions)
            .Select(_ => Identifiers.New(Identifiers.SessionPrefix, DateTimeOffset.UtcNow))
            .Where(homes.IsElsewhere)
            .ToList();
        Assert.NotEmpty(ids);
        var grains = here.ServiceProvider.GetRequiredService<IGrainFactory>();

        foreach (var id in ids)
        {
            using (homes.HostIfElsewhere(id))
            using (homes.HostIfElsewhere(id))
            {
                Assert.True(homes.IsGuest(id));
                await Create(grains, id);
            }

            Assert.False(homes.IsGuest(id));
            Assert.False(IsActive(cluster.Silos[1], grains.DepositSession(id).GetGrainId()));
        }

        foreach (var id in ids)
        {
            // A repeated creation at home is the same session, and so is one that the first silo hosts again.
            await Create(cluster.Client, id);
            using (homes.HostIfElsewhere(id)) await Create(grains, id);
            Assert.True((await grains.DepositSession(id).Cancel(Owner)).TryGet(out var session, out _));
            Assert.Equal((2, PaymentStatus.Expired), (session.Sequence, session.Status));
            Assert.True(IsActive(cluster.Silos[1], grains.DepositSession(id).GetGrainId()));
        }

        await Eventually.True(
            () => ids.TrueForAll(id => !IsActive(here, grains.DepositSession(id).GetGrainId())),
            Deadline, () => "no guest is left");
    }

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task A_home_that_returns_after_another_one_changed_the_session_shows_the_change()
    {
        var ids = await Open();
        var added = await cluster.StartAdditionalSiloAsync();
        await EverySiloKnows(3);
        var moved = ids.Where(id => HomeOf(id).Equals(added.SiloAddress)).ToList();
        Assert.NotEmpty(moved);

        // The first homes still have the sessions in memory, as CREATED.
        foreach (var id in moved)
            Assert.True((await cluster.Client.DepositSession(id).Cancel(Owner)).TryGet(out _, out _));
        Assert.All(moved, id => Assert.True(IsActive(added, cluster.Client.DepositSession(id).GetGrainId())));
        var homesOfAdded = HomesOf(added);
        await cluster.StopSiloAsync(added);
        await EverySiloKnows(2);

        // A caller that waits in a loop must not spin.
        while (await homesOfAdded.WaitForMove(CancellationToken.None).WaitAsync(Deadline)) continue;

        foreach (var id in moved)
        {
            var read = await cluster.Client.DepositSession(id).Read(Owner);
            Assert.True(read.TryGet(out var session, out _));
            Assert.Equal(PaymentStatus.Expired, session.Status);
        }
    }

    private async Task<List<string>> Open()
    {
        var ids = Enumerable.Range(0, Sessions)
            .Select(_ => Identifiers.New(Identifiers.SessionPrefix, DateTimeOffset.UtcNow))
            .ToList();
        foreach (var id in ids) await Create(cluster.Client, id);
        return ids;
    }

    private static async Task Create(IGrainFactory grains, string id)
    {
        var created = await grains.DepositSession(id).Create(new CreateDepositSession(
            Business, "wdgt_homes", new SessionTerms("100", "USDC", "polygon", "", "0xShop", null, null, null),
            "00000000", [], null, default, null));
        Assert.True(created.TryGet(out _, out _));
    }

    private Task EverySiloKnows(int silos) => Eventually.True(
        () => cluster.Silos.Count == silos && cluster.Silos.All(silo => KnownTo(silo).Count == silos),
        Deadline, () => $"every silo sees {silos}");

    private static List<SiloAddress> KnownTo(InProcessSiloHandle silo) =>
        [.. silo.ServiceProvider.GetRequiredService<IClusterMembershipService>().CurrentSnapshot.Members.Values
            .Where(member => member.Status == SiloStatus.Active)
            .Select(member => member.SiloAddress)];

    private SiloAddress HomeOf(string id) =>
        HomesOf(cluster.Silos[0]).HomeOf(cluster.Client.DepositSession(id).GetGrainId())!;

    private static SessionHomes HomesOf(InProcessSiloHandle silo) =>
        silo.ServiceProvider.GetRequiredService<SessionHomes>();

    /// <summary>Orleans keeps its ring internal.</summary>
    private static SiloAddress OwnerOnReminderRing(InProcessSiloHandle silo, GrainId grain)
    {
        var type = typeof(IClusterMembershipService).Assembly
            .GetType("Orleans.Runtime.ConsistentRing.IConsistentRingProvider", throwOnError: true)!;
        var ring = silo.ServiceProvider.GetRequiredService(type);
        return (SiloAddress)type.GetMethod("GetPrimaryTargetSilo", BindingFlags.Public | BindingFlags.Instance)!
            .Invoke(ring, [grain.GetUniformHashCode()])!;
    }

    private static bool IsActive(InProcessSiloHandle silo, GrainId grain)
    {
        var type = typeof(IClusterMembershipService).Assembly
            .GetType("Orleans.Runtime.ActivationDirectory", throwOnError: true)!;
        var activations = silo.ServiceProvider.GetRequiredService(type);
        return type.GetMethod("FindTarget")!.Invoke(activations, [grain]) is not null;
    }
}
