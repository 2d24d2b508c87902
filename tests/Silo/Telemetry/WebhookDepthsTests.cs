using Bleepay.Grains.Webhooks;
using Bleepay.Silo.Storage;
using Bleepay.Silo.Storage.Webhooks;
using Bleepay.Tests.Harness;
using Bleepay.Tests.Silo.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Bleepay.Tests.Silo.Telemetry;

/// <summary>What waits to be delivered, as it is measured.</summary>
public sealed class WebhookDepthsTests
{
    private static readonly DateTimeOffset Now = TestStore.Now.AddHours(1);

    [Theory]
    [OnEachDatabase]
    public async Task What_waits_is_counted_by_whether_it_is_due_and_its_endpoint_takes_it(string database)
    {
        using var store = TestStore.On(database);
        using var webhooks = store.Database.Webhooks();
        Make(webhooks, "wh_on", isEnabled: true, pausedAt: null);
        Make(webhooks, "wh_off", isEnabled: false, pausedAt: null);
        Make(webhooks, "wh_paused", isEnabled: true, pausedAt: Now.AddMinutes(-1));
        Queue(store, "wh_on", "dep_1", Now.AddSeconds(-90));
        Queue(store, "wh_on", "dep_2", Now.AddSeconds(-1));
        Queue(store, "wh_on", "dep_3", Now.AddMinutes(5));
        Queue(store, "wh_paused", "dep_1", Now.AddHours(-1));
        Queue(store, "wh_off", "dep_1", Now.AddHours(-1));

        using var measured = new MeasuredValues();
        using var depths = new WebhookDepths(
            store.Database, new FakeTimeProvider(Now), NullLogger<WebhookDepths>.Instance);
        await depths.StartAsync(CancellationToken.None);

        await Eventually.True(
            () => measured.Last("bleepay.webhook.endpoints", ("state", "paused")) is not null,
            TimeSpan.FromSeconds(30), () => "nothing is measured");
        await depths.StopAsync(CancellationToken.None);
        Assert.Equal(2, measured.Last("bleepay.webhook.waiting", ("state", "due")));
        Assert.Equal(1, measured.Last("bleepay.webhook.waiting", ("state", "later")));
        Assert.Equal(2, measured.Last("bleepay.webhook.waiting", ("state", "paused")));
        Assert.Equal(90, measured.Last("bleepay.webhook.oldest", ("state", "due")));
        Assert.Equal(3_600, measured.Last("bleepay.webhook.oldest", ("state", "paused")));
        foreach (var state in new[] { "enabled", "disabled", "paused" })
            Assert.Equal(1, measured.Last("bleepay.webhook.endpoints", ("state", state)));
    }

    private static void Make(WebhookTables webhooks, string id, bool isEnabled, DateTimeOffset? pausedAt)
    {
        var made = new WebhookEndpoint
        {
            BusinessId = "biz_tests",
            Settings = new EndpointSettings($"https://shop.example/{id}", null, ["deposit.created"]),
            IsEnabled = isEnabled,
            Secret = new("0a1b2c3d", []),
            CreatedAt = TestStore.Now,
            UpdatedAt = TestStore.Now,
        };
        Assert.Equal(EndpointWriteOutcome.Stored, webhooks.Endpoints.Write(id, made, 0));
        if (pausedAt is not null) webhooks.Endpoints.Write(id, made with { PausedAt = pausedAt }, 1);
    }

    private static void Queue(TestStore store, string endpoint, string subject, DateTimeOffset dueAt)
    {
        var at = store.Database.Provider == StorageProvider.Sqlite
            ? $"{dueAt.ToUnixTimeMilliseconds()}"
            : $"timestamptz '{dueAt:O}'";
        store.Execute(
            "insert into webhook_queue (endpoint_id, subject_id, version, due_at) " +
            $"values ('{endpoint}', '{subject}', 1, {at})");
    }
}
