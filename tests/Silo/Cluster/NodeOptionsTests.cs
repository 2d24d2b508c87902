using Bleepay.Silo.Cluster;
using Bleepay.Silo.Storage;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo.Cluster;

/// <summary>Which clusters may start.</summary>
public sealed class NodeOptionsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TestAuthority authority = TestAuthority.Create();

    public void Dispose()
    {
        authority.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("10.0.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    public void A_node_that_other_hosts_reach_needs_certificates_or_a_setting_that_allows_plaintext(string? address)
    {
        var options = new NodeOptions { AdvertisedIp = address };

        Assert.All(
            [
                "Cluster__Tls__CertificatePath", "Cluster__Tls__KeyPath", "Cluster__Tls__CaPath",
                "Cluster__AdvertisedIp", "Cluster__AllowPlaintext=true",
            ],
            variable => Assert.Contains(variable, Refusal(options), StringComparison.Ordinal));
        options.AllowPlaintext = true;
        Assert.Null(Refusal(options));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.1.2.3")]
    [InlineData("::1")]
    public void A_node_on_loopback_needs_none(string address) =>
        Assert.Null(Refusal(new NodeOptions { AdvertisedIp = address }));

    [Theory]
    [InlineData("Require", false)]
    [InlineData("Prefer", true)]
    [InlineData("Allow", true)]
    public void A_node_that_accepts_plaintext_needs_a_setting_that_allows_it(string mode, bool isRefused)
    {
        var options = new NodeOptions { Tls = Tls(authority.Issue(folder.Path)) };
        options.Tls.Mode = Enum.Parse<NodeTlsMode>(mode);

        Assert.Equal(isRefused, Refusal(options) is not null);
        options.AllowPlaintext = true;
        Assert.Null(Refusal(options));
    }

    [Theory]
    [InlineData("localhost:30000,127.0.0.1:30001", false)]
    [InlineData("127.0.0.1:30000,silos.example:30000", true)]
    public void A_gateway_calls_other_hosts_with_certificates_only(string gateways, bool isRefused)
    {
        var options = new NodeOptions { Gateways = gateways };

        Assert.Equal(isRefused, Refusal(options, null) is not null);
        options.Tls = Tls(authority.Issue(folder.Path));
        Assert.Null(Refusal(options, null));
    }

    [Fact]
    public void On_SQLite_no_port_for_gateways_can_be_opened() => Assert.Contains(
        "Cluster__GatewayPort",
        Refusal(new NodeOptions { GatewayPort = 30000 }, StorageProvider.Sqlite),
        StringComparison.Ordinal);

    [Fact]
    public void A_certificate_that_other_nodes_would_refuse_is_refused_at_the_start()
    {
        using var other = TestAuthority.Create();
        var good = authority.Issue(folder.Path);
        var foreign = other.Issue(folder.Path);
        File.WriteAllText(foreign.Authority, authority.Pem);
        var mixed = authority.Issue(folder.Path);
        File.Copy(good.Key, mixed.Key, overwrite: true);
        var noAuthority = authority.Issue(folder.Path);
        File.WriteAllText(noAuthority.Authority, "");

        Assert.Null(RefusalOf(Tls(good)));
        Assert.NotNull(RefusalOf(Tls(foreign)));
        Assert.NotNull(RefusalOf(Tls(mixed)));
        Assert.NotNull(RefusalOf(Tls(noAuthority)));
        Assert.Contains(
            TestAuthority.NodeName, RefusalOf(Tls(authority.Issue(folder.Path, "shop.example"))),
            StringComparison.Ordinal);
        Assert.NotNull(RefusalOf(Tls(authority.Issue(folder.Path, isExpired: true))));
        Assert.NotNull(RefusalOf(Tls(authority.Issue(folder.Path, isForServersOnly: true))));
        Assert.NotNull(RefusalOf(new NodeTlsOptions { CertificatePath = good.Certificate, KeyPath = good.Key }));
        Assert.NotNull(RefusalOf(new NodeTlsOptions
        {
            CertificatePath = good.Certificate,
            KeyPath = good.Key,
            CaPath = Path.Combine(folder.Path, "missing"),
        }));
    }

    internal static NodeTlsOptions Tls(NodeFiles files) => new()
    {
        CertificatePath = files.Certificate,
        KeyPath = files.Key,
        CaPath = files.Authority,
    };

    private static string? RefusalOf(NodeTlsOptions tls) => Refusal(new NodeOptions { Tls = tls });

    private static string? Refusal(NodeOptions options, StorageProvider? provider = StorageProvider.PostgreSql) =>
        new NodeOptionsValidator(provider).Validate(null, options).FailureMessage;
}
