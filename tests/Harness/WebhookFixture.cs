using System.Security.Cryptography;

namespace Bleepay.Tests.Harness;

/// <summary>
/// A service whose webhooks may go to loopback, and whose schedule is short; each test has a separate business.
/// </summary>
public sealed class WebhookFixture : IAsyncLifetime
{
    public const string Name = "webhooks";

    /// <summary>Two retries, so that a test can see the last of them.</summary>
    public static readonly Dictionary<string, string?> Settings = new()
    {
        ["Webhooks:AllowPrivateNetworks"] = "true",
        ["Webhooks:RetrySchedule"] = "00:00:01,00:00:01",
    };

    private readonly TemporaryFolder folder = new();
    private ServiceHost? host;

    internal ServiceHost Host => host!;

    internal Api Api => new(Host.Http);

    internal StoredRows Rows => new(Path.Combine(folder.Path, "bleepay.db"));

    /// <summary>A business that no other test has, and a widget of it.</summary>
    internal async Task<(WebhookApi Webhooks, TestWidget Widget)> NewBusiness()
    {
        var business = "biz_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        return (new WebhookApi(Api, business), await Api.CreateWidget(business: business));
    }

    public async Task InitializeAsync() => host = await ServiceHost.Start(folder.Path, Settings);

    public async Task DisposeAsync()
    {
        await Host.DisposeAsync();
        folder.Dispose();
    }
}

[CollectionDefinition(WebhookFixture.Name)]
public sealed class WebhookTests : ICollectionFixture<WebhookFixture>;
