using System.Net;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo;

/// <summary>A separate gateway: no grains, no database, the same API.</summary>
public sealed class GatewayApartTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task A_gateway_apart_serves_what_its_silo_holds()
    {
        var settings = SiloSettings();
        await using var silo = await ServiceHost.Start(folder.Path, settings);
        await using var gateway = await StartGateway(settings);
        var api = new Api(gateway.Http);

        var widget = await api.CreateWidget();
        var session = (await api.CreateSession(widget)).MustBeOk();
        var path = $"/api/v1/widgets/deposit-sessions/{session["id"]}";

        Assert.Equal("CREATED", (await api.Get(path, session["clientSecret"])).MustBeOk()["paymentStatus"]);
        (await new Api(silo.Http).Post($"{path}/cancel-session", secret: session["clientSecret"])).MustBeOk();
        Assert.Equal("EXPIRED", (await api.Get(path, session["clientSecret"])).MustBeOk()["paymentStatus"]);
        Assert.False(File.Exists(Path.Combine(folder.Path, "gateway", "bleepay.db")), "It opened a database.");
    }

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task A_gateway_without_its_silo_sends_Retry_After_and_recovers_without_a_restart()
    {
        var settings = SiloSettings();
        var silo = await ServiceHost.Start(folder.Path, settings);
        await using var gateway = await StartGateway(settings);
        var api = new Api(gateway.Http);
        var widget = await api.CreateWidget();
        await silo.DisposeAsync();

        var refused = await api.CreateSession(widget);
        refused.MustBe(HttpStatusCode.ServiceUnavailable, "unavailable");
        Assert.NotNull(refused.Headers.RetryAfter);

        await using var again = await ServiceHost.Start(folder.Path, settings);
        await Eventually.Holds("the gateway serves again", Deadline, async () =>
            (await api.CreateSession(widget)).Status == HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_address_that_is_none_is_refused_by_the_name_of_its_setting()
    {
        var refused = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(
            () => ServiceHost.Start(folder.Path, new Dictionary<string, string?>
            {
                ["Secrets:Keys:0"] = Convert.ToBase64String(new byte[32]),
                ["Cluster:Gateways"] = "silo-without-a-port",
            }));

        Assert.Contains("Cluster__Gateways", refused.Message, StringComparison.Ordinal);
    }

    private Task<ServiceHost> StartGateway(Dictionary<string, string?> ofSilo) => ServiceHost.Start(
        Path.Combine(folder.Path, "gateway"),
        new Dictionary<string, string?>
        {
            ["Secrets:Keys:0"] = ofSilo["Secrets:Keys:0"],
            ["Cluster:Gateways"] = $"127.0.0.1:{ofSilo["Cluster:GatewayPort"]}",
        });

    private static Dictionary<string, string?> SiloSettings() => new(Databases.SettingsOf(PostgreSqlServer.Shared))
    {
        ["Cluster:GatewayPort"] = $"{FreePort.Several(1)[0]}",
    };
}
