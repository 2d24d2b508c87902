using System.Net;
using System.Net.Sockets;
using Bleepay.Grains.Webhooks;
using Bleepay.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Bleepay.Tests.Silo.Webhooks;

/// <summary>A service as an operator runs it can't be sent into its own network, by any URL or name.</summary>
public sealed class ServerSideRequestTests(ServerSideRequestTests.PublicService service)
    : IClassFixture<ServerSideRequestTests.PublicService>
{
    public static TheoryData<string> Refused =>
    [
        // Loopback in every spelling that some parser takes for it.
        "https://127.0.0.1/", "https://127.0.0.1:8080/", "https://127.0.0.1:22/", "https://127.1/", "https://127.0.1/",
        "https://2130706433/", "https://0x7f000001/", "https://0x7f.0.0.1/", "https://0177.0.0.1/",
        "https://017700000001/", "https://127.0.0.1./", "https://0/", "https://0.0.0.0/", "https://localhost/",
        "https://LOCALHOST/", "https://localhost./", "https://localhost:443/hook", "https://[::1]/",
        "https://[0:0:0:0:0:0:0:1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/",
        "https://[::127.0.0.1]/", "https://[64:ff9b::127.0.0.1]/", "https://[2002:7f00:1::]/",

        // Private networks, and the clouds' metadata.
        "https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.1.1/", "https://100.64.0.1/",
        "https://169.254.169.254/latest/meta-data/", "https://0xa9fea9fe/", "https://2852039166/",
        "https://[::ffff:169.254.169.254]/", "https://[fd00:ec2::254]/", "https://[fe80::1]/", "https://[fc00::1]/",
        "https://[2001:db8::1]/", "https://192.0.2.1/", "https://198.18.0.1/", "https://224.0.0.1/",
        "https://255.255.255.255/",

        // Names that lead there.
        "https://loopback.test/", "https://private.test/", "https://metadata.test/", "https://mapped.test/",
        "https://mixed.test/", "https://none.test/",

        // What is no https URL of a host.
        "http://public.test/", "ftp://public.test/", "file:///etc/passwd", "gopher://public.test/", "//public.test/",
        "public.test", "https://", "https:///", "https://user@public.test/", "https://user:pass@public.test/",
        "https://public.test@127.0.0.1/", "https://public.test#@127.0.0.1/", "https://public.test/#fragment",
        "https://public.test\\@127.0.0.1/", "https://public.test:0/", "https://public.test:65536/",
        "https://①②⑦.⓪.⓪.①/", "https://127。0。0。1/", "https://%31%32%37.0.0.1/", "https://public.test/a b",
    ];

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task A_url_that_leads_elsewhere_than_the_public_internet_is_refused(string url)
    {
        var answer = await service.Webhooks.Create(WebhookApi.Body(url, "deposit.created"));

        answer.MustRefuse("url");
        Assert.NotEmpty(answer.ErrorsOf("url"));
        Assert.Empty((await service.Webhooks.List()).MustBeOk().Body.AsArray());
    }

    [Fact]
    public async Task An_internal_name_is_refused_in_the_same_words_whether_it_resolves_or_not()
    {
        var answers = new List<string>();
        foreach (var host in (string[])["private.test", "mixed.test", "none.test", "unknown.test", "10.0.0.1"])
            answers.Add(Assert.Single((await service.Webhooks.Create(
                WebhookApi.Body($"https://{host}/", "deposit.created"))).MustRefuse("url").ErrorsOf("url")));

        Assert.Single(answers.Distinct());
    }

    [Fact]
    public void The_table_is_long() => Assert.True(Refused.Count >= 40);

    [Fact]
    public async Task A_name_that_moves_between_check_and_connect_is_not_followed()
    {
        await using var inbox = await Inbox.Open();
        var port = new Uri(inbox.Url).Port;
        var url = $"https://rebinding.test:{port}/";
        service.Names["rebinding.test"] = ["8.8.8.8"];
        using var sender = service.Sender();
        await service.Network().Resolve("rebinding.test", CancellationToken.None);

        service.Names["rebinding.test"] = ["127.0.0.1"];
        var outcome = await sender.Send(new Uri(url), [Secret], "evt_1", "{}", CancellationToken.None);

        Assert.Equal((null, "The host resolves to an address outside the public internet."),
            (outcome.StatusCode, outcome.Failure));
        Assert.Empty(inbox.Received);
    }

    [Fact]
    public async Task The_name_is_looked_up_once_for_a_connection_and_the_checked_address_is_connected_to()
    {
        // The second look-up would lead to a listener; the checked address takes no connection.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var lookUps = 0;
        var network = new WebhookNetwork(
            (_, _) => Task.FromResult<IPAddress[]>(
                [Interlocked.Increment(ref lookUps) == 1 ? IPAddress.Parse("127.9.9.9") : IPAddress.Loopback]),
            Options.Create(new WebhookOptions { AllowPrivateNetworks = true }));

        await Assert.ThrowsAnyAsync<SocketException>(async () =>
            await network.Connect(new DnsEndPoint("rebinding.test", port), CancellationToken.None));

        Assert.Equal(1, lookUps);
        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task A_public_name_is_taken()
    {
        var made = (await service.Webhooks.Create(
            WebhookApi.Body("https://public.test:8443/hook?a=b", "deposit.created"))).MustBeOk();
        (await service.Webhooks.Do(new(made["id"]!, ""), "delete-endpoint")).MustBeOk();
    }

    private const string Secret = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    /// <summary>A service that may call the public internet only, with a resolver in the test's hand.</summary>
    public sealed class PublicService : IAsyncLifetime
    {
        private readonly TemporaryFolder folder = new();
        private ServiceHost? host;

        internal Dictionary<string, string[]> Names { get; } = new()
        {
            ["public.test"] = ["8.8.8.8", "2001:4860:4860::8888"],
            ["loopback.test"] = ["127.0.0.1"],
            ["private.test"] = ["10.1.2.3"],
            ["metadata.test"] = ["169.254.169.254"],
            ["mapped.test"] = ["::ffff:127.0.0.1"],
            ["mixed.test"] = ["8.8.8.8", "10.1.2.3"],
            ["none.test"] = [],
        };

        internal WebhookApi Webhooks => new(new Api(host!.Http));

        internal WebhookNetwork Network() => new(Resolve, Options.Create(new WebhookOptions()));

        internal WebhookSender Sender() => new(Network(), TimeProvider.System);

        public async Task InitializeAsync() => host = await ServiceHost.Start(
            folder.Path, null, builder => builder.Services.AddSingleton<ResolveHost>(Resolve));

        public async Task DisposeAsync()
        {
            await host!.DisposeAsync();
            folder.Dispose();
        }

        /// <summary>What is no name of the test's goes to the system, numbers and localhost among it.</summary>
        private Task<IPAddress[]> Resolve(string name, CancellationToken cancellation) =>
            Names.TryGetValue(name, out var addresses)
                ? Task.FromResult(Array.ConvertAll(addresses, IPAddress.Parse))
                : Dns.GetHostAddressesAsync(name, cancellation);
    }
}
