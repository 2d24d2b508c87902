using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Bleepay.Gateway.Limits;
using Bleepay.Tests.Harness;
using Microsoft.Extensions.Options;

namespace Bleepay.Tests.Gateway.Limits;

/// <summary>How many requests one client address may send.</summary>
public sealed partial class ClientLimitTests : IDisposable
{
    private const int Burst = 5;
    private const string Path = "/api/v1/widgets/deposit-sessions/dep_a";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private static readonly Dictionary<string, string?> OnePerSecond = new()
    {
        ["Limits:RequestsPerSecond"] = "1",
        ["Limits:RequestBurst"] = $"{Burst}",
    };

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string, string> Clients => new()
    {
        { "192.0.2.1", "192.0.2.1" },
        { "::ffff:192.0.2.1", "192.0.2.1" },
        { "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::" },
        { "2001:db8:1:2:ffff::", "2001:db8:1:2::" },
        { "2001:db8:1:3:3:4:5:6", "2001:db8:1:3::" },
        { "::1", "::" },
    };

    public static TheoryData<string, string, string> Wrong => new()
    {
        { "RequestsPerSecond", "0", "Limits__RequestsPerSecond is 0" },
        { "RequestsPerSecond", "1000001", "Limits__RequestsPerSecond is 1000001" },
        { "RequestBurst", "1", "Limits__RequestBurst is 1" },
        { "RequestBurst", "1201", "Limits__RequestBurst is 1201" },
        { "Connections", "63", "Limits__Connections is 63" },
        { "Connections", "1000001", "Limits__Connections is 1000001" },
        { "StreamsPerAddress", "0", "Limits__StreamsPerAddress is 0" },
        { "StreamsPerAddress", "20001", "Limits__StreamsPerAddress is 20001" },
        { "StreamsPerWidget", "0", "Limits__StreamsPerWidget is 0" },
        { "StreamsPerWidget", "20001", "Limits__StreamsPerWidget is 20001" },
        { "TrustedForwarders", "10.0.0.1,proxy.example", "Limits__TrustedForwarders has proxy.example" },
        { "TrustedForwarders", "10.0.0.0/33", "Limits__TrustedForwarders has 10.0.0.0/33" },
    };

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Without_a_setting_there_is_no_limit()
    {
        await using var host = await ServiceHost.Start(folder.Path);

        for (var number = 0; number < 500; number++)
        {
            var answer = (await new Api(host.Http).Get(Path)).MustBeUnauthorized();
            Assert.False(answer.Headers.Contains("RateLimit") || answer.Headers.Contains("RateLimit-Policy"));
        }
    }

    [Fact]
    public async Task A_client_that_has_used_its_burst_up_gets_the_time_of_the_next_try()
    {
        await using var host = await ServiceHost.Start(folder.Path, OnePerSecond);
        var api = new Api(host.Http);
        var elapsed = Stopwatch.StartNew();

        var (passed, refused) = await UntilRefused(() => api.Get(Path, origin: "https://shop.example"));

        Assert.InRange(passed, Burst, Burst + 1 + elapsed.Elapsed.TotalSeconds);
        refused.MustBeRateLimited();
        Assert.Equal("\"address\";q=5;w=5", Header(refused, "RateLimit-Policy"));
        Assert.Equal("\"address\";r=0;t=5", Header(refused, "RateLimit"));
        Assert.Equal("*", Header(refused, "Access-Control-Allow-Origin"));
        Assert.Contains("Retry-After", Header(refused, "Access-Control-Expose-Headers"), StringComparison.Ordinal);
        await Eventually.Holds("the client is served again", Deadline, async () =>
            (await api.Get(Path)).Status == HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Every_answer_has_the_number_of_requests_left()
    {
        await using var host = await ServiceHost.Start(folder.Path, OnePerSecond);
        var left = new List<int>();

        await UntilRefused(async () =>
        {
            var answer = await new Api(host.Http).Get(Path);
            Assert.Equal("\"address\";q=5;w=5", Header(answer, "RateLimit-Policy"));
            left.Add(int.Parse(Left().Match(Header(answer, "RateLimit")).Groups[1].Value, null));
            return answer;
        });

        Assert.All(left, one => Assert.InRange(one, 0, Burst - 1));
        Assert.Equal(0, left[^1]);
    }

    [Fact]
    public async Task The_limit_comes_before_every_other_check_and_a_probe_has_none()
    {
        await using var host = await ServiceHost.Start(folder.Path, OnePerSecond);
        var api = new Api(host.Http);

        foreach (var path in (string[])
            [Path, "/api/v1/unknown", "/openapi/v1.json", "/api/v1/businesses/biz_a/widgets", "/health/x"])
            (await UntilRefused(() => api.Get(path))).Refused.MustBeRateLimited();
        for (var number = 0; number < 3 * Burst; number++)
            Assert.Equal(HttpStatusCode.OK, (await api.Get("/health/ready")).Status);
    }

    [Fact]
    public async Task A_client_can_not_change_its_address_by_a_header()
    {
        await using var host = await ServiceHost.Start(folder.Path, OnePerSecond);
        var next = 0;

        var (_, refused) = await UntilRefused(() => Forwarded(host, $"192.0.2.{++next}"));

        refused.MustBeRateLimited();
        Assert.InRange(next, Burst + 1, 254);
    }

    [Fact]
    public async Task A_trusted_forwarder_names_the_client_and_the_client_can_not_forge_it()
    {
        await using var host = await ServiceHost.Start(folder.Path, new Dictionary<string, string?>(OnePerSecond)
        {
            ["Limits:TrustedForwarders"] = "10.0.0.0/8, 127.0.0.1, ::1",
        });
        var forged = 0;

        var (_, first) = await UntilRefused(() => Forwarded(host, $"192.0.2.{++forged}, 198.51.100.7"));
        first.MustBeRateLimited();
        (await Forwarded(host, "198.51.100.8")).MustBeUnauthorized();
        var (_, chained) = await UntilRefused(() => Forwarded(host, $"192.0.2.{++forged}, 198.51.100.9, 10.1.2.3"));
        chained.MustBeRateLimited();
        (await Forwarded(host, "198.51.100.10, 10.1.2.3")).MustBeUnauthorized();
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public void A_client_is_an_IPv4_address_or_the_network_of_an_IPv6_address(string address, string client) =>
        Assert.Equal(IPAddress.Parse(client), ClientLimit.ClientOf(IPAddress.Parse(address)));

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Wrong_limits_are_refused_at_the_start_by_their_names(string name, string value, string failure)
    {
        var settings = new Dictionary<string, string?> { ["Limits:RequestsPerSecond"] = "20" };
        settings[$"Limits:{name}"] = value;

        var refused = await Assert.ThrowsAnyAsync<OptionsValidationException>(
            () => ServiceHost.Start(folder.Path, settings));

        Assert.Contains(failure, Assert.Single(refused.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_burst_without_a_rate_is_refused()
    {
        var refused = await Assert.ThrowsAnyAsync<OptionsValidationException>(() => ServiceHost.Start(
            folder.Path, new Dictionary<string, string?> { ["Limits:RequestBurst"] = "20" }));

        Assert.Contains("Limits__RequestsPerSecond", Assert.Single(refused.Failures), StringComparison.Ordinal);
    }

    private static async Task<(int Passed, Answer Refused)> UntilRefused(Func<Task<Answer>> send)
    {
        var elapsed = Stopwatch.StartNew();
        for (var passed = 0; elapsed.Elapsed < Deadline; passed++)
        {
            var answer = await send();
            if (answer.Status == HttpStatusCode.TooManyRequests) return (passed, answer);
        }

        throw new InvalidOperationException($"No request was refused within {Deadline}.");
    }

    private static Task<Answer> Forwarded(ServiceHost host, string forwardedFor)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, Path);
        request.Headers.Add("X-Forwarded-For", forwardedFor);
        return new Api(host.Http).Send(request);
    }

    private static string Header(Answer answer, string name) => Assert.Single(answer.Headers.GetValues(name));

    [GeneratedRegex("^\"address\";r=([0-9]+);t=[0-9]+$")]
    private static partial Regex Left();
}
