using System.Net;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Credentials;

/// <summary>Which operations each secret grants, and what the bearer token decides when both are sent.</summary>
[Collection(ServiceFixture.Name)]
public sealed class SecretTests(ServiceFixture service)
{
    public static TheoryData<string> Spoilt =>
        ["", "x", "shorter", "longer", "upper", "quoted", "changed", "prefix only", "twice"];

    [Fact]
    public async Task A_widgets_secret_grants_only_the_config_and_create_session_of_that_widget()
    {
        var operations = await Operations.Prepare(service.Api);

        await MustGrantOnly(operations, operations.Widget.Secret, Operations.OfWidget);
    }

    [Fact]
    public async Task A_sessions_secret_grants_only_that_session()
    {
        var operations = await Operations.Prepare(service.Api);

        await MustGrantOnly(operations, operations.Session.Secret, Operations.OfSession);
    }

    [Fact]
    public async Task The_secret_of_another_widget_or_session_is_rejected()
    {
        var operations = await Operations.Prepare(service.Api);
        var sibling = await service.Api.NewSession(operations.Widget);
        var stranger = await Operations.Prepare(service.Api);

        await MustGrantOnly(operations, sibling.Secret, []);
        await MustGrantOnly(operations, stranger.Session.Secret, []);
        await MustGrantOnly(operations, stranger.Widget.Secret, []);
    }

    [Theory]
    [MemberData(nameof(Spoilt))]
    public async Task A_secret_that_is_not_exact_is_rejected(string how)
    {
        var operations = await Operations.Prepare(service.Api);

        foreach (var secret in (string[])[operations.Widget.Secret, operations.Session.Secret])
        {
            string[] spoilt = how switch
            {
                "shorter" => [secret[..^1]],
                "longer" => [secret + "A"],
                "upper" => [secret.ToUpperInvariant()],
                "quoted" => [$"\"{secret}\""],
                "changed" => [secret[..^2] + (secret[^2] == 'A' ? 'B' : 'A') + secret[^1]],
                "prefix only" => [secret[..(secret.IndexOf("secret_", StringComparison.Ordinal) + 7)]],
                "twice" => [secret, secret],
                _ => [how],
            };
            foreach (var operation in Operations.All)
                (await operations.Call(operation, null, spoilt)).MustBeUnauthorized();
        }
    }

    [Fact]
    public async Task A_secret_sent_in_two_headers_is_rejected()
    {
        var operations = await Operations.Prepare(service.Api);
        var header = $"X-Client-Secret: {operations.Widget.Secret}";

        var (status, _) = await RawHttp.Post(
            service.Host.Http.BaseAddress!, operations.Widget.SessionsPath, Api.GoodSession().ToJsonString(),
            header, header);

        Assert.Equal(HttpStatusCode.Unauthorized, status);
    }

    [Fact]
    public async Task A_secret_is_no_token_and_a_token_no_secret()
    {
        var operations = await Operations.Prepare(service.Api);

        foreach (var operation in Operations.All)
        {
            (await operations.Call(operation, token: operations.Widget.Secret)).MustBeUnauthorized();
            (await operations.Call(operation, token: operations.Session.Secret)).MustBeUnauthorized();
            (await operations.Call(operation, secret: Tokens.For(Api.Business))).MustBeUnauthorized();
        }
    }

    [Fact]
    public async Task A_good_token_beside_any_secret_is_accepted_by_every_operation()
    {
        var operations = await Operations.Prepare(service.Api);

        foreach (var operation in Operations.All)
            (await operations.Call(operation, Tokens.For(Api.Business), "wrong")).MustBeOk();
    }

    [Fact]
    public async Task A_bad_token_beside_a_good_secret_is_rejected()
    {
        var operations = await Operations.Prepare(service.Api);
        var expired = Tokens.Raw(
            """{"alg":"HS256","typ":"JWT"}""", Tokens.Claims(Api.Business).With("exp", 1));

        foreach (var secret in (string[])[operations.Widget.Secret, operations.Session.Secret])
            foreach (var operation in Operations.All)
                (await operations.Call(operation, expired, secret)).MustBeUnauthorized();
    }

    [Fact]
    public async Task A_foreign_token_beside_a_good_secret_finds_nothing()
    {
        var operations = await Operations.Prepare(service.Api);

        foreach (var secret in (string[])[operations.Widget.Secret, operations.Session.Secret])
            foreach (var operation in Operations.All)
                (await operations.Call(operation, Tokens.For("biz_other"), secret))
                    .MustBe(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task Another_scheme_beside_a_good_secret_leaves_the_decision_to_the_secret()
    {
        var operations = await Operations.Prepare(service.Api);

        foreach (var operation in Operations.OfWidget)
            (await operations.Call(operation, "Basic dXNlcjpwYXNz", [operations.Widget.Secret])).MustBeOk();
        foreach (var operation in Operations.OfSession)
            (await operations.Call(operation, "Basic dXNlcjpwYXNz", [operations.Session.Secret])).MustBeOk();
    }

    [Fact]
    public async Task An_unknown_widget_is_not_found_whatever_the_secret()
    {
        var operations = await Operations.Prepare(service.Api);
        foreach (var id in (string[])["wdgt_unknown", operations.Widget.Id + "x", operations.Widget.Id[..^1]])
            foreach (var secret in (string[])[operations.Widget.Secret, operations.Session.Secret, "wrong"])
            {
                (await service.Api.Get($"/api/v1/widgets/{id}/config", secret))
                    .MustBe(HttpStatusCode.NotFound, "not_found");
                (await service.Api.Post($"/api/v1/widgets/{id}/create-session", Api.GoodSession(), secret))
                    .MustBe(HttpStatusCode.NotFound, "not_found");
            }
    }

    [Fact]
    public async Task A_session_that_does_not_exist_is_404_for_a_token_and_401_for_a_secret()
    {
        var operations = await Operations.Prepare(service.Api);
        foreach (var id in (string[])["dep_unknown", operations.Session.Id + "x", "wrong"])
        {
            var path = $"/api/v1/widgets/deposit-sessions/{id}";
            var cancel = $"{path}/cancel-session";

            (await service.Api.Get(path, operations.Session.Secret)).MustBeUnauthorized();
            (await service.Api.Post(cancel, secret: operations.Session.Secret)).MustBeUnauthorized();
            (await service.Api.Get(path)).MustBeUnauthorized();
            (await service.Api.Get(path, token: Tokens.For(Api.Business)))
                .MustBe(HttpStatusCode.NotFound, "not_found");
            (await service.Api.Post(cancel, token: Tokens.For(Api.Business)))
                .MustBe(HttpStatusCode.NotFound, "not_found");
        }
    }

    [Fact]
    public async Task Secrets_are_256_bits_behind_their_prefix_and_never_the_same()
    {
        var first = await Operations.Prepare(service.Api);
        var second = await Operations.Prepare(service.Api);

        Assert.Matches("^wdgt_secret_[A-Za-z0-9_-]{43}$", first.Widget.Secret);
        Assert.Matches("^dep_secret_[0-9a-f]{8}_[A-Za-z0-9_-]{43}$", first.Session.Secret);
        Assert.NotEqual(first.Widget.Secret, second.Widget.Secret);
        Assert.NotEqual(first.Session.Secret, second.Session.Secret);
    }

    private static async Task MustGrantOnly(Operations operations, string secret, string[] granted)
    {
        foreach (var operation in Operations.All)
        {
            var answer = await operations.Call(operation, secret: secret);
            if (granted.Contains(operation)) answer.MustBeOk();
            else answer.MustBeUnauthorized();
        }
    }
}
