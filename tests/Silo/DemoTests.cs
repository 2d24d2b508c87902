using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo;

/// <summary>The first minute of a developer: start, copy what is printed, hold a session.</summary>
public sealed partial class DemoTests : IDisposable
{
    private const string DemoConfig = "/api/v1/widgets/wdgt_abc/config";

    private readonly TemporaryFolder folder = new();

    [Fact]
    public async Task The_printed_request_opens_a_session_at_every_start()
    {
        string secret;
        await using (var service = await Start("Development"))
        {
            var printed = PrintedRequest.In(service.Console);
            secret = printed.Secret;
            await MustSimulatePayments(service, await MustOpenASession(service, printed));
            Assert.Contains("dotnet user-jwts create", service.Console, StringComparison.Ordinal);
            Assert.Contains("/docs", service.Console, StringComparison.Ordinal);
        }

        await using var again = await Start("Development");
        var reprinted = PrintedRequest.In(again.Console);

        Assert.Equal(secret, reprinted.Secret);
        await MustOpenASession(again, reprinted);
    }

    [Theory]
    [InlineData("Production", "http://127.0.0.1:0")]
    [InlineData("Development", "http://0.0.0.0:0")]
    public async Task Outside_development_on_loopback_there_is_no_demo(string environment, string url)
    {
        await using var service = await Start(environment, url);

        await MustHaveNoDemo(service);
        var rows = new StoredRows(ServiceProcess.DatabaseIn(folder.Path));
        Assert.Equal(0, rows.Count("select count(*) from OrleansStorage"));
    }

    [Fact]
    public async Task A_database_with_a_widget_gets_no_demo()
    {
        await using (var service = await Start("Production")) await service.Api.CreateWidget();

        await using var again = await Start("Development");

        await MustHaveNoDemo(again);
    }

    public void Dispose() => folder.Dispose();

    /// <summary>The demo's secret is printed by design, so its console is not searched for secrets.</summary>
    private Task<ServiceProcess> Start(string environment, string url = "http://127.0.0.1:0")
    {
        var settings = new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = environment,
            ["ASPNETCORE_URLS"] = url,
        };
        return ServiceProcess.Start(folder.Path, settings, Path.Combine(folder.Path, "console.txt"));
    }

    [Theory]
    [InlineData("Production", "http://127.0.0.1:0", "biz_demo")]
    [InlineData("Development", "http://0.0.0.0:0", "biz_demo")]
    [InlineData("Development", "http://127.0.0.1:0", "biz_other")]
    public async Task Payments_are_simulated_for_the_demo_business_on_a_developers_machine_only(
        string environment, string url, string business)
    {
        await using var service = await Start(environment, url);
        var session = await service.Api.NewSession(await service.Api.CreateWidget(business: business));

        (await Simulate(service, session.Path, session.Secret, "final"))
            .MustBe(HttpStatusCode.NotFound, "not_found");

        var checkout = (await service.Api.Get($"{session.Path}/checkout", session.Secret)).MustBeOk();
        Assert.False(checkout.Body["sandbox"]!.GetValue<bool>());
        Assert.Equal("CREATED", (await service.Api.Get(session.Path, session.Secret))["paymentStatus"]);
    }

    private static async Task MustSimulatePayments(ServiceProcess service, Answer session)
    {
        var (path, secret) = ($"/api/v1/widgets/deposit-sessions/{session["id"]}", session["clientSecret"]!);
        TestLog.Remember(secret);
        var checkout = (await service.Api.Get($"{path}/checkout", secret)).MustBeOk();
        Assert.True(checkout.Body["sandbox"]!.GetValue<bool>());

        (await Simulate(service, path, secret, "nothing")).MustRefuse("outcome");
        (await Simulate(service, path, "dep_secret_wrong", "seen")).MustBeUnauthorized();
        var statuses = new List<string?>();
        foreach (var outcome in (string[])["seen", "removed", "partial", "seen", "confirmations", "final"])
            statuses.Add((await Simulate(service, path, secret, outcome)).MustBeOk()["paymentStatus"]);

        Assert.Equal(["PENDING", "CREATED", "UNDERPAID", "PENDING", "PENDING", "CONFIRMED"], statuses);
    }

    private static Task<Answer> Simulate(ServiceProcess service, string path, string secret, string outcome) =>
        service.Api.Post($"{path}/simulate-payment", new JsonObject { ["outcome"] = outcome }, secret);

    private static async Task<Answer> MustOpenASession(ServiceProcess service, PrintedRequest printed)
    {
        var answer = (await service.Api.Send(printed.Message())).MustBeOk();

        Assert.Equal(
            [
                "id", "paymentStatus", "amount", "currency", "network", "currencyAddress", "depositAddress",
                "expiresAt", "clientSecret", "paymentUri", "checkoutUrl",
            ],
            answer.Body.AsObject().Select(field => field.Key));
        Assert.Equal("CREATED", answer["paymentStatus"]);
        Assert.Equal("100", answer["amount"]);
        return answer;
    }

    private static async Task MustHaveNoDemo(ServiceProcess service)
    {
        Assert.DoesNotContain("curl", service.Console, StringComparison.Ordinal);
        Assert.DoesNotContain("wdgt_secret_", service.Console, StringComparison.Ordinal);
        var config = await service.Api.Get(DemoConfig, token: Tokens.For("biz_demo"));
        config.MustBe(HttpStatusCode.NotFound, "not_found");
    }

    /// <summary>The curl command that the console shows, taken apart.</summary>
    private sealed record PrintedRequest(Uri Url, IReadOnlyDictionary<string, string> Headers, string Body)
    {
        public string Secret => Headers["X-Client-Secret"];

        public static PrintedRequest In(string console)
        {
            var curl = Curl().Match(console);
            Assert.True(curl.Success, $"No curl command is printed: {console}");
            var headers = Header().Matches(curl.Value)
                .ToDictionary(header => header.Groups["name"].Value, header => header.Groups["value"].Value);
            TestLog.Remember(headers["X-Client-Secret"]);
            return new(new Uri(curl.Groups["url"].Value), headers, curl.Groups["body"].Value);
        }

        public HttpRequestMessage Message()
        {
            var message = new HttpRequestMessage(HttpMethod.Post, Url)
            {
                Content = new StringContent(Body, Encoding.UTF8, Headers["Content-Type"]),
            };
            message.Headers.Add("X-Client-Secret", Secret);
            return message;
        }
    }

    [GeneratedRegex(@"curl -X POST (?<url>\S+).*?-d '(?<body>[^']+)'", RegexOptions.Singleline)]
    private static partial Regex Curl();

    [GeneratedRegex("-H '(?<name>[^:]+): (?<value>[^']+)'")]
    private static partial Regex Header();
}
