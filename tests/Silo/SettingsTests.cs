using Bleepay.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Bleepay.Tests.Silo;

public sealed class SettingsTests
{
    [Theory]
    [InlineData("polygon", 20)]
    [InlineData("ethereum", 7)]
    public async Task A_network_s_own_confirmations_come_before_the_default(string network, int confirmations)
    {
        using var folder = new TemporaryFolder();
        await using var host = await ServiceHost.Start(folder.Path, new Dictionary<string, string?>
        {
            ["Chains:Default:Confirmations"] = "7",
            ["Chains:Polygon:Confirmations"] = "20",
        });
        var api = new Api(host.Http);
        var body = Api.GoodSession();
        body["network"] = network;

        var created = (await api.CreateSession(await api.CreateWidget(), body)).MustBeOk();
        var session = await api.Get($"/api/v1/widgets/deposit-sessions/{created["id"]}", created["clientSecret"]);

        Assert.Equal(confirmations, session.MustBeOk().Body["requiredConfirmations"]!.GetValue<int>());
    }

    [Fact]
    public async Task Idle_sessions_are_collected_each_second_and_the_directory_cache_is_bounded()
    {
        using var folder = new TemporaryFolder();
        await using var host = await ServiceHost.Start(folder.Path);

        var collection = host.Services.GetRequiredService<IOptions<GrainCollectionOptions>>().Value;
        Assert.InRange(collection.CollectionQuantum, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.True(collection.EnableActivationSheddingOnMemoryPressure);
        var directory = host.Services.GetRequiredService<IOptions<GrainDirectoryOptions>>().Value;
        Assert.InRange(directory.CacheSize, 1, 100_000);
    }
}
