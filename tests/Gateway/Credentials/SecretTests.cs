using System.Net;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Credentials;

/// <summary>Which secret opens which doors, and what the bearer token decides when both are sent.</summary>
[Collection(ServiceFixture.Name)]
public sealed class SecretTests(ServiceFixture service)
{
    public static TheoryData<string> Spoilt =>
        ["", "x", "shorter", "longer", "upper", "quoted", "changed", "prefix only", "twice"];

    [Fact]
    public async Task A_widgets_secret_opens_that_widgets_config_and_create_session_alone()
    {
        var doors = await Doors.Open(service.Api);

        await MustOpenOnly(doors, doors.Widget.Secret, Doors.OfWidget);
    }

    [Fact]
    public async Task A_sessions_secret_opens_that_session_alone()
    {
        var doors = await Doors.Open(service.Api);

        await MustOpenOnly(doors, doors.Session.Secret, Doors.OfSession);
    }

    [Fact]
    public async Task The_secret_of_another_widget_or_session_opens_nothing()
    {
        var doors = await Doors.Open(service.Api);
        var sibling = await service.Api.NewSession(doors.Widget);
        var stranger = await Doors.Open(service.Api);

        await MustOpenOnly(doors, sibling.Secret, []);
        await MustOpenOnly(doors, stranger.Session.Secret, []);
        await MustOpenOnly(doors, stranger.Widget.Secret, []);
    }

    [Theory]
    [MemberData(nameof(Spoilt))]
    public async Task A_secret_that_is_not_to_the_letter_opens_nothing(string how)
    {
        var doors = await Doors.Open(service.Api);

        foreach (var secret in (string[])[doors.Widget.Secret, doors.Session.Secret])
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
            foreach (var door in Doors.All) (await doors.Knock(door, null, spoilt)).MustBeUnauthorized();
        }
    }

    [Fact]
    public async Task A_secret_sent_in_two_headers_opens_nothing()
    {
        var doors = await Doors.Open(service.Api);
        var header = $"X-Client-Secret: {doors.Widget.Secret}";

        var (status, _) = await RawHttp.Post(
            service.Host.Http.BaseAddress!, doors.Widget.SessionsPath, Api.GoodSession().ToJsonString(),
            header, header);

        Assert.Equal(HttpStatusCode.Unauthorized, status);
    }

    [Fact]
    public async Task A_secret_is_no_token_and_a_token_no_secret()
    {
        var doors = await Doors.Open(service.Api);

        foreach (var door in Doors.All)
        {
            (await doors.Knock(door, token: doors.Widget.Secret)).MustBeUnauthorized();
            (await doors.Knock(door, token: doors.Session.Secret)).MustBeUnauthorized();
            (await doors.Knock(door, secret: Tokens.For(Api.Business))).MustBeUnauthorized();
        }
    }

    [Fact]
    public async Task A_good_token_beside_any_secret_opens_every_door()
    {
        var doors = await Doors.Open(service.Api);

        foreach (var door in Doors.All)
            (await doors.Knock(door, Tokens.For(Api.Business), "wrong")).MustBeOk();
    }

    [Fact]
    public async Task A_bad_token_beside_a_good_secret_opens_nothing()
    {
        var doors = await Doors.Open(service.Api);
        var expired = Tokens.Raw(
            """{"alg":"HS256","typ":"JWT"}""", Tokens.Claims(Api.Business).With("exp", 1));

        foreach (var secret in (string[])[doors.Widget.Secret, doors.Session.Secret])
            foreach (var door in Doors.All) (await doors.Knock(door, expired, secret)).MustBeUnauthorized();
    }

    [Fact]
    public async Task A_foreign_token_beside_a_good_secret_finds_nothing()
    {
        var doors = await Doors.Open(service.Api);

        foreach (var secret in (string[])[doors.Widget.Secret, doors.Session.Secret])
            foreach (var door in Doors.All)
                (await doors.Knock(door, Tokens.For("biz_other"), secret))
                    .MustBe(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task Another_scheme_beside_a_good_secret_leaves_the_decision_to_the_secret()
    {
        var doors = await Doors.Open(service.Api);

        foreach (var door in Doors.OfWidget)
            (await doors.Knock(door, "Basic dXNlcjpwYXNz", [doors.Widget.Secret])).MustBeOk();
        foreach (var door in Doors.OfSession)
            (await doors.Knock(door, "Basic dXNlcjpwYXNz", [doors.Session.Secret])).MustBeOk();
    }

    [Fact]
    public async Task An_unknown_widget_is_not_found_whatever_the_secret()
    {
        var doors = await Doors.Open(service.Api);
        foreach (var id in (string[])["wdgt_unknown", doors.Widget.Id + "x", doors.Widget.Id[..^1]])
            foreach (var secret in (string[])[doors.Widget.Secret, doors.Session.Secret, "wrong"])
            {
                (await service.Api.Get($"/api/v1/widgets/{id}/config", secret))
                    .MustBe(HttpStatusCode.NotFound, "not_found");
                (await service.Api.Post($"/api/v1/widgets/{id}/create-session", Api.GoodSession(), secret))
                    .MustBe(HttpStatusCode.NotFound, "not_found");
            }
    }

    [Fact]
    public async Task A_session_that_does_not_exist_is_told_to_a_token_and_to_no_secret()
    {
        var doors = await Doors.Open(service.Api);
        foreach (var id in (string[])["dep_unknown", doors.Session.Id + "x", "wrong"])
        {
            var path = $"/api/v1/widgets/deposit-sessions/{id}";
            var cancel = $"{path}/cancel-session";

            (await service.Api.Get(path, doors.Session.Secret)).MustBeUnauthorized();
            (await service.Api.Post(cancel, secret: doors.Session.Secret)).MustBeUnauthorized();
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
        var first = await Doors.Open(service.Api);
        var second = await Doors.Open(service.Api);

        Assert.Matches("^wdgt_secret_[A-Za-z0-9_-]{43}$", first.Widget.Secret);
        Assert.Matches("^dep_secret_[0-9a-f]{8}_[A-Za-z0-9_-]{43}$", first.Session.Secret);
        Assert.NotEqual(first.Widget.Secret, second.Widget.Secret);
        Assert.NotEqual(first.Session.Secret, second.Session.Secret);
    }

    private static async Task MustOpenOnly(Doors doors, string secret, string[] opened)
    {
        foreach (var door in Doors.All)
        {
            var answer = await doors.Knock(door, secret: secret);
            if (opened.Contains(door)) answer.MustBeOk();
            else answer.MustBeUnauthorized();
        }
    }
}
