using Bleepay.Grains.Sessions;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Grains.Sessions;

public sealed class ShortLifetimeTests
{
    [Fact]
    public async Task A_lifetime_shorter_than_two_refreshes_is_announced_and_punctual()
    {
        await using var cluster = await GrainCluster.Start(
            new Dictionary<string, string?> { ["Sessions:Lifetime"] = "00:00:05" });
        const string id = "dep_short";
        await cluster.Open(id);

        var expired = cluster.Store.Stored(id, PaymentStatus.Expired);
        await cluster.AdvanceUntil(
            expired, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), "The expiry, without any refresh");

        Assert.Equal(PaymentStatus.Expired, await cluster.StatusOf(id));
    }
}
