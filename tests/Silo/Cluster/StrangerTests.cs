using System.Globalization;
using System.Net;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo.Cluster;

/// <summary>A host that reaches a port of Orleans without a certificate of this cluster's CA is rejected.</summary>
public sealed class StrangerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [FactThatNeeds(Tool.SocketTable)]
    public async Task An_embedded_service_listens_for_HTTP_and_nothing_else()
    {
        await using var service = await ServiceProcess.Start(folder.Path);

        var socket = Assert.Single(ListeningSockets.Of(service.Id));

        Assert.Equal(new IPEndPoint(IPAddress.Loopback, new Uri(service.Address).Port), socket);
    }

    [FactThatNeeds(Tool.PostgreSql, Tool.SocketTable)]
    public async Task A_node_with_certificates_and_a_gateway_apart_serve_those_of_their_CA_alone()
    {
        var server = PostgreSqlServer.Shared;
        using var authority = TestAuthority.Create();
        using var other = TestAuthority.Create();
        var ports = FreePort.Several(2);
        var settings = Databases.SettingsOf(server);
        Add(settings, authority.Issue(folder.Path).Settings);
        settings["Cluster:SiloPort"] = Text(ports[0]);
        settings["Cluster:GatewayPort"] = Text(ports[1]);
        await using var silo = await ServiceProcess.Start(folder.Path, settings);
        var ofGateway = new Dictionary<string, string?>
        {
            ["Secrets:Keys:0"] = settings["Secrets:Keys:0"],
            ["Cluster:Gateways"] = $"127.0.0.1:{ports[1]}",
        };
        Add(ofGateway, authority.Issue(folder.Path).Settings);
        await using var gateway = await ServiceProcess.Start(folder.Path, ofGateway);

        await gateway.Api.NewSession(await silo.Api.CreateWidget());

        Assert.Null(await Stranger.Refusal(ports[1], authority.Issue(folder.Path)));
        Assert.NotNull(await Stranger.Refusal(ports[1], null));
        Assert.NotNull(await Stranger.Refusal(ports[1], other.Issue(folder.Path)));
        Assert.NotNull(await Stranger.Refusal(ports[1], authority.Issue(folder.Path, "shop.example")));
        foreach (var port in ports)
        {
            Assert.True(await Stranger.IsShutOutWithoutCertificate(port), $"Port {port} asked for no certificate.");
            Assert.True(await Stranger.IsShutOutWithoutTls(port), $"Port {port} answered without TLS.");
        }

        Assert.All(ListeningSockets.Of(silo.Id), socket => Assert.Equal(IPAddress.Loopback, socket.Address));
        Assert.Equal(new Uri(gateway.Address).Port, Assert.Single(ListeningSockets.Of(gateway.Id)).Port);
    }

    [TheoryThatNeeds(Tool.PostgreSql)]
    [InlineData("Allow")]
    [InlineData("Prefer")]
    public async Task A_node_between_plaintext_and_TLS_serves_both_and_still_no_foreign_certificate(string mode)
    {
        var server = PostgreSqlServer.Shared;
        using var authority = TestAuthority.Create();
        using var other = TestAuthority.Create();
        var port = FreePort.Several(1)[0];
        var settings = Databases.SettingsOf(server);
        Add(settings, authority.Issue(folder.Path).Settings);
        settings["Cluster:Tls:Mode"] = mode;
        settings["Cluster:GatewayPort"] = Text(port);
        await using var silo = await ServiceProcess.Start(folder.Path, settings);

        Assert.Null(await Stranger.Refusal(port, null));
        Assert.Null(await Stranger.Refusal(port, authority.Issue(folder.Path)));
        Assert.NotNull(await Stranger.Refusal(port, other.Issue(folder.Path)));
    }

    [FactThatNeeds(Tool.PostgreSql, Tool.SocketTable)]
    public async Task A_node_without_a_gateway_port_in_its_settings_opens_none()
    {
        var server = PostgreSqlServer.Shared;
        var settings = Databases.SettingsOf(server);
        var port = FreePort.Several(1)[0];
        settings["Cluster:SiloPort"] = Text(port);
        await using var silo = await ServiceProcess.Start(folder.Path, settings);

        Assert.Equal(
            new HashSet<int> { port, new Uri(silo.Address).Port },
            [.. ListeningSockets.Of(silo.Id).Select(socket => socket.Port)]);
    }

    [Fact]
    public async Task A_node_on_the_host_s_own_address_does_not_start_without_certificates()
    {
        var exit = await ServiceProcess.StartInVain(folder.Path, new Dictionary<string, string?>
        {
            ["Storage:Provider"] = "PostgreSql",
            ["ConnectionStrings:Bleepay"] = "Host=127.0.0.1;Port=1;Username=unused",
            ["Secrets:Keys:0"] = Convert.ToBase64String(new byte[32]),
        });

        Assert.Equal(1, exit.Code);
        Assert.All(
            ["Cluster__Tls__CertificatePath", "Cluster__AdvertisedIp", "Cluster__AllowPlaintext=true"],
            variable => Assert.Contains(variable, exit.Errors, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", exit.Errors + exit.Console, StringComparison.Ordinal);
    }

    private static void Add(Dictionary<string, string?> settings, Dictionary<string, string?> more)
    {
        foreach (var (name, value) in more) settings[name] = value;
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
