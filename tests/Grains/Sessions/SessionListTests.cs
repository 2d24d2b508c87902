using Bleepay.Grains;
using Bleepay.Grains.Sessions;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Grains.Sessions;

/// <summary>What a list shows of sessions whose time is up.</summary>
public sealed class SessionListTests : IAsyncLifetime
{
    private GrainCluster cluster = null!;

    public async Task InitializeAsync() => cluster = await GrainCluster.Start();

    public async Task DisposeAsync() => await cluster.DisposeAsync();

    [Fact]
    public async Task An_open_session_past_its_end_counts_and_shows_as_expired()
    {
        await cluster.Open("dep_overdue");
        cluster.Clock.Advance(TimeSpan.FromMinutes(29));
        await cluster.Open("dep_open");
        cluster.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(["dep_overdue"], await List(PaymentStatus.Expired));
        Assert.Equal(["dep_open"], await List(PaymentStatus.Created));
        Assert.Equal(["dep_open", "dep_overdue"], await List(null));
        Assert.Equal(["dep_overdue"], await List(PaymentStatus.Expired, network: "polygon"));
        Assert.Equal(["dep_open"], await List(PaymentStatus.Created, network: "polygon"));
    }

    private async Task<IEnumerable<string>> List(PaymentStatus? status, string? network = null)
    {
        var found = await cluster.Grains.GetGrain<ISessionListGrain>(GrainCluster.Business).Find(
            new Member([GrainCluster.Business]),
            new SessionQuery(null, status, network, null, null, null, null, null, null, null, null, 10, 0));
        var page = found.Value!;
        Assert.All(page.Sessions, session => Assert.Equal(status ?? session.Status, session.Status));
        return page.Sessions.Select(session => session.Id);
    }
}
