using Bleepay.Tests.Gateway.Checkout;
using Bleepay.Tests.Silo;
using Bleepay.Tests.Silo.Chains;
using Bleepay.Tests.Silo.Cluster;
using Bleepay.Tests.Silo.Money;
using Bleepay.Tests.Silo.Storage;
using Bleepay.Tests.Silo.Webhooks;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("Bleepay.Tests.Harness.LongestFirst", "Bleepay.Tests")]

namespace Bleepay.Tests.Harness;

/// <summary>
/// Begins with the collections that take the longest: one of them, begun last, would run alone at the end. The rest
/// follows in any order.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly List<string> Longest =
    [
        ServiceFixture.Name, WebhookFixture.Name, Of<TlsRollTests>(), AnvilFixture.Name, CheckoutService.Name,
        Of<ClusterRollTests>(), Of<ClusterPartitionTests>(), Databases.Name, Of<KillRoundTests>(),
        Of<ClusterCrashTests>(), Of<ClusterCapTests>(), Of<ClusterFreezeTests>(), Of<ClusterTests>(),
        Of<LiveViewCrashTests>(), Of<ManySessionsTests>(),
        Of<MoneyHistoryTests>(), Of<WebhookLoadTests>(), Of<StrangerTests>(), Of<WallClockTests>(),
        Of<StartAndStopTests>(), Of<PostgreSqlNodesTests>(), Of<CrashTests>(), Of<KeyRingTests>(),
        Of<CreationCostTests>(), Of<ChainScaleTests>(), Of<CheckoutRollTests>(),
    ];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(collection =>
            Longest.IndexOf(collection.DisplayName) is var place and >= 0 ? place : Longest.Count);

    /// <summary>How xunit calls the collection of a class that names none.</summary>
    private static string Of<TTests>() => $"Test collection for {typeof(TTests).FullName}";
}
