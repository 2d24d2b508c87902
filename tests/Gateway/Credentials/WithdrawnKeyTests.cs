using System.Net;
using System.Security.Cryptography;
using Bleepay.Gateway.Credentials;
using Bleepay.Tests.Harness;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.Protocols;

namespace Bleepay.Tests.Gateway.Credentials;

/// <summary>
/// How long a key of a real issuer is accepted. Only the clock of the keys is the test's; the rest is the service's.
/// </summary>
public sealed class WithdrawnKeyTests : IAsyncLifetime
{
    private const int ForgedTokens = 200;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    private readonly TemporaryFolder folder = new();
    private readonly FakeTimeProvider clock = new();
    private readonly HttpClient http = new();
    private readonly IssuerOptions options = new();
    private Issuer issuer = null!;
    private ServiceHost? host;
    private Operations? operations;

    public async Task InitializeAsync()
    {
        issuer = await Issuer.Start(Api.Business);
        await Start(issuer);
    }

    private async Task Start(Issuer trusted)
    {
        // The platform makes its own manager only where there is none.
        host = await ServiceHost.Start(folder.Path, trusted.Settings, builder =>
            builder.Services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme)
                .PostConfigure(bearer => bearer.ConfigurationManager = new IssuerKeys(
                    $"{trusted.Address}/.well-known/openid-configuration",
                    new HttpDocumentRetriever(http) { RequireHttps = false },
                    options, clock, NullLogger<IssuerKeys>.Instance)));
        operations = await Operations.Prepare(new Api(host.Http));
    }

    public async Task DisposeAsync()
    {
        if (host is not null) await host.DisposeAsync();
        await issuer.DisposeAsync();
        http.Dispose();
        folder.Dispose();
    }

    [FactThatNeeds(Tool.NodeTools)]
    public void By_default_keys_are_a_minute_old_at_most_and_an_hour_while_the_issuer_is_down() =>
        Assert.Equal((TimeSpan.FromMinutes(1), TimeSpan.FromHours(1)), (options.KeyAgeMax, options.OutageMax));

    [FactThatNeeds(Tool.NodeTools)]
    public async Task A_withdrawn_key_is_rejected_once_the_keys_have_their_maximum_age()
    {
        var token = await issuer.Token("rs256");
        (await Call(token)).MustBeOk();
        await issuer.Withdraw();

        clock.Advance(options.KeyAgeMax);

        (await Call(token)).MustBeUnauthorized();
        (await Call(await issuer.Token("rs256"))).MustBeOk();
    }

    [FactThatNeeds(Tool.NodeTools)]
    public async Task While_requests_come_in_a_withdrawn_key_is_noticed_at_half_of_that_age()
    {
        var token = await issuer.Token("rs256");
        (await Call(token)).MustBeOk();
        await issuer.Withdraw();

        clock.Advance(options.KeyAgeMax / 2);

        await Eventually.Holds("the key is rejected", Deadline, async () =>
            (await Call(token)).Status == HttpStatusCode.Unauthorized);
    }

    [FactThatNeeds(Tool.NodeTools)]
    public async Task Forged_tokens_keep_no_withdrawn_key_alive_and_make_few_requests_to_the_issuer()
    {
        var token = await issuer.Token("rs256");
        (await Call(token)).MustBeOk();
        Assert.Equal(1, await issuer.Fetches());
        await issuer.Withdraw();

        await Flood();
        Assert.Equal(1, await issuer.Fetches());
        (await Call(token)).MustBeOk();

        clock.Advance(IssuerKeys.EarlyFetchPause);
        await Flood();
        Assert.Equal(2, await issuer.Fetches());
        (await Call(token)).MustBeUnauthorized();
        (await Call(await issuer.Token("es256"))).MustBeOk();
    }

    [FactThatNeeds(Tool.NodeTools)]
    public async Task Tokens_still_work_while_the_issuer_is_down_until_the_longest_allowed_outage()
    {
        var token = await issuer.Token("rs256");
        (await Call(token)).MustBeOk();
        await issuer.Leave();

        for (var passed = options.KeyAgeMax; passed < options.OutageMax; passed += options.KeyAgeMax)
        {
            clock.Advance(options.KeyAgeMax);
            (await Call(token)).MustBeOk();
        }

        clock.Advance(options.KeyAgeMax + Moment);
        var refused = (await Call(token)).MustBe(HttpStatusCode.ServiceUnavailable, "unavailable");
        Assert.NotNull(refused.Headers.RetryAfter);
        (await Call(Tokens.For(Api.Business))).MustBeOk();
        (await operations!.Call("get-config", secret: operations.Widget.Secret)).MustBeOk();

        await issuer.Return();
        clock.Advance(IssuerKeys.EarlyFetchPause);
        (await Call(token)).MustBeOk();
    }

    [FactThatNeeds(Tool.NodeTools)]
    public async Task A_key_that_is_withdrawn_during_an_outage_is_rejected_when_the_issuer_is_back()
    {
        var token = await issuer.Token("rs256");
        (await Call(token)).MustBeOk();
        await issuer.Leave();
        clock.Advance(options.KeyAgeMax);
        (await Call(token)).MustBeOk();

        await issuer.Withdraw();
        await issuer.Return();
        clock.Advance(IssuerKeys.EarlyFetchPause);

        await Eventually.Holds("the key is rejected", Deadline, async () =>
            (await Call(token)).Status == HttpStatusCode.Unauthorized);
    }

    [FactThatNeeds(Tool.NodeTools)]
    public async Task A_service_that_starts_while_the_issuer_is_down_verifies_tokens_once_it_is_back()
    {
        var token = await issuer.Token("rs256");
        await host!.DisposeAsync();
        await issuer.Leave();
        await Start(issuer);
        (await Call(token)).MustBe(HttpStatusCode.ServiceUnavailable, "unavailable");

        await issuer.Return();
        clock.Advance(IssuerKeys.EarlyFetchPause);

        (await Call(token)).MustBeOk();
    }

    [TheoryThatNeeds(Tool.NodeTools)]
    [InlineData("Issuer:KeyAgeMax", "00:00:09")]
    [InlineData("Issuer:KeyAgeMax", "01:00:01")]
    [InlineData("Issuer:OutageMax", "00:00:59")]
    [InlineData("Issuer:OutageMax", "1.00:00:01")]
    public async Task Wrong_ages_are_refused_at_the_start_by_their_names(string setting, string value)
    {
        using var other = new TemporaryFolder();

        var refused = await Assert.ThrowsAnyAsync<OptionsValidationException>(
            () => ServiceHost.Start(other.Path, new Dictionary<string, string?> { [setting] = value }));

        Assert.Contains(
            setting.Replace(":", "__", StringComparison.Ordinal), Assert.Single(refused.Failures),
            StringComparison.Ordinal);
    }

    private Task<Answer> Call(string token) => operations!.Call("get-widget", token);

    private async Task Flood()
    {
        using var key = RSA.Create(2048);
        for (var number = 0; number < ForgedTokens; number++)
            (await Call(Tokens.Raw(
                $$"""{"alg":"RS256","typ":"at+jwt","kid":"forged-{{number}}"}""",
                Tokens.Claims(Api.Business).With("iss", issuer!.Address),
                signed => key.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))))
                .MustBeUnauthorized();
    }
}
