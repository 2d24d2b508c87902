using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;
using Microsoft.IdentityModel.Tokens;

namespace Bleepay.Tests.Gateway.Credentials;

/// <summary>Which tokens the operations accept, and which they all reject.</summary>
[Collection(ServiceFixture.Name)]
public sealed class TokenTests(ServiceFixture service)
{
    private const string Hs256Header = """{"alg":"HS256","typ":"JWT"}""";

    private static readonly Dictionary<string, Func<string>> Good = new()
    {
        ["business_id as a string"] = () => Tokens.For(Api.Business),
        ["business_id as an array of one"] = () => Claiming("[\"biz_tests\"]"),
        ["business_id as an array of several"] = () => Tokens.For("biz_other", Api.Business, "biz_third"),
        ["put together by hand"] = () => Tokens.Raw(Hs256Header, Claims()),
        ["HS384"] = () => Tokens.Make(Business(), algorithm: SecurityAlgorithms.HmacSha384),
        ["HS512"] = () => Tokens.Make(Business(), algorithm: SecurityAlgorithms.HmacSha512),
        ["typ at+jwt"] = () => Tokens.Make(Business(), type: "at+jwt"),
        ["audience as an array"] = () => Tokens.Raw(
            Hs256Header, Claims().WithJson("aud", "[\"other\",\"bleepay\"]")),
        ["unknown claims"] = () => Tokens.Raw(Hs256Header, Claims().WithJson("x", "{\"a\":[1]}")),
    };

    private static readonly Dictionary<string, Func<string>> Bad = new()
    {
        ["expired"] = () => Tokens.Make(Business(), expires: DateTime.UtcNow.AddMinutes(-5)),
        ["no expiry"] = () => Tokens.Raw(Hs256Header, Claims().Without("exp")),
        ["not valid yet"] = () => Tokens.Raw(
            Hs256Header, Claims().With("nbf", DateTimeOffset.UtcNow.AddMinutes(5).ToUnixTimeSeconds())),
        ["wrong issuer"] = () => Tokens.Make(Business(), issuer: "https://other.test"),
        ["no issuer"] = () => Tokens.Raw(Hs256Header, Claims().Without("iss")),
        ["wrong audience"] = () => Tokens.Make(Business(), audience: "other"),
        ["no audience"] = () => Tokens.Raw(Hs256Header, Claims().Without("aud")),
        ["another key"] = () => Tokens.Make(Business(), key: RandomNumberGenerator.GetBytes(64)),
        ["alg none"] = () => Tokens.Raw("""{"alg":"none","typ":"JWT"}""", Claims(), _ => []),
        ["alg None with a signature"] = () => Tokens.Raw("""{"alg":"None","typ":"JWT"}""", Claims()),
        ["no alg"] = () => Tokens.Raw("""{"typ":"JWT"}""", Claims()),
        ["HS256 header over an HS512 signature"] = () => Tokens.Raw(
            Hs256Header, Claims(), signed => HMACSHA512.HashData(new byte[64], signed)),
        ["RS256 by an unknown key"] = () => Rs256("""{"alg":"RS256","typ":"JWT"}"""),
        ["RS256 with its key in the header"] = () => Rs256(HeaderWithOwnKey()),
        ["ES256 by an unknown key"] = Es256,
        ["RS256 header over the right HMAC"] = () => Tokens.Raw("""{"alg":"RS256","typ":"JWT"}""", Claims()),
        ["other payload"] = () => Altered(1),
        ["other header"] = () => Altered(0),
        ["other signature"] = () => Altered(2),
        ["a padded signature"] = () => Tokens.For(Api.Business) + "=",
        ["no signature"] = () => Tokens.For(Api.Business)[..^43],
        ["no typ"] = () => Tokens.Raw("""{"alg":"HS256"}""", Claims()),
        ["typ of an id token"] = () => Tokens.Make(Business(), type: "id_token+jwt"),
        ["typ of a logout token"] = () => Tokens.Make(Business(), type: "logout+jwt"),
        ["two parts"] = () => "eyJhbGciOiJIUzI1NiJ9.e30",
        ["four parts"] = () => Tokens.For(Api.Business) + ".e30",
        ["no token at all"] = () => "nonsense",
        ["a widget secret"] = () => "wdgt_secret_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ["claims that are no JSON"] = () => Altered(1, "not json"),
    };

    /// <summary>The token is good, and its holder no member of the business.</summary>
    private static readonly Dictionary<string, Func<string>> Foreign = new()
    {
        ["another business"] = () => Tokens.For("biz_other"),
        ["a longer name"] = () => Tokens.For("biz_tests2"),
        ["another case"] = () => Tokens.For("BIZ_TESTS"),
        ["no business_id"] = () => Tokens.Raw(Hs256Header, Claims().Without("business_id")),
        ["an empty array"] = () => Claiming("[]"),
        ["null"] = () => Claiming("null"),
        ["a number"] = () => Claiming("5"),
        ["an object"] = () => Claiming("{\"biz_tests\":true}"),
        ["names in one string"] = () => Claiming("\"biz_tests biz_other\""),
        ["an array in an array"] = () => Claiming("[[\"biz_tests\"]]"),
    };

    public static TheoryData<string> GoodTokens => [.. Good.Keys];

    public static TheoryData<string> BadTokens => [.. Bad.Keys];

    public static TheoryData<string> ForeignTokens => [.. Foreign.Keys];

    public static TheoryData<string> Operations => [.. Credentials.Operations.All];

    [Theory]
    [MemberData(nameof(GoodTokens))]
    public async Task A_good_token_is_accepted_by_every_operation(string name)
    {
        var operations = await Credentials.Operations.Prepare(service.Api);
        var token = Good[name]();

        foreach (var operation in Credentials.Operations.All) (await operations.Call(operation, token)).MustBeOk();
    }

    [Theory]
    [MemberData(nameof(BadTokens))]
    public async Task A_bad_token_is_rejected_by_every_operation(string name)
    {
        var operations = await Credentials.Operations.Prepare(service.Api);
        var token = Bad[name]();

        foreach (var operation in Credentials.Operations.All)
        {
            var answer = (await operations.Call(operation, token)).MustBeUnauthorized();
            Assert.Equal("error=\"invalid_token\"", Assert.Single(answer.Headers.WwwAuthenticate).Parameter);
        }
    }

    [Theory]
    [MemberData(nameof(ForeignTokens))]
    public async Task A_token_of_another_business_finds_nothing(string name)
    {
        var operations = await Credentials.Operations.Prepare(service.Api);
        var token = Foreign[name]();

        foreach (var operation in Credentials.Operations.All)
            (await operations.Call(operation, token)).MustBe(HttpStatusCode.NotFound, "not_found");
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task A_request_without_a_credential_is_rejected(string operation)
    {
        var operations = await Credentials.Operations.Prepare(service.Api);

        var answer = (await operations.Call(operation)).MustBeUnauthorized();

        Assert.Null(Assert.Single(answer.Headers.WwwAuthenticate).Parameter);
    }

    [Theory]
    [InlineData("Basic {0}")]
    [InlineData("{0}")]
    [InlineData("Token {0}")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    public async Task A_token_under_another_scheme_is_rejected(string format)
    {
        var operations = await Credentials.Operations.Prepare(service.Api);
        var header = format.Replace("{0}", Tokens.For(Api.Business), StringComparison.Ordinal);

        foreach (var operation in Credentials.Operations.All)
            (await operations.Call(operation, header, [])).MustBeUnauthorized();
    }

    [Theory]
    [InlineData("bearer")]
    [InlineData("BEARER")]
    public async Task The_name_of_the_scheme_has_no_case(string scheme)
    {
        var operations = await Credentials.Operations.Prepare(service.Api);

        foreach (var operation in Credentials.Operations.All)
            (await operations.Call(operation, $"{scheme} {Tokens.For(Api.Business)}", [])).MustBeOk();
    }

    [Fact]
    public async Task A_widget_of_another_business_of_the_same_caller_is_not_found_under_this_one()
    {
        var widget = await service.Api.CreateWidget();
        var token = Tokens.For(Api.Business, "biz_other");

        (await service.Api.Get($"/api/v1/businesses/biz_other/widgets/{widget.Id}", token: token))
            .MustBe(HttpStatusCode.NotFound, "not_found");
        (await service.Api.Get(widget.Path, token: token)).MustBeOk();
    }

    private static Dictionary<string, object> Business() => new() { ["business_id"] = Api.Business };

    private static JsonObject Claims() => Tokens.Claims(Api.Business);

    private static string Claiming(string businessId) =>
        Tokens.Raw(Hs256Header, Claims().WithJson("business_id", businessId));

    private static string Rs256(string header)
    {
        using var key = RSA.Create(2048);
        return Tokens.Raw(
            header, Claims(),
            signed => key.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }

    private static string HeaderWithOwnKey()
    {
        using var key = RSA.Create(2048);
        var jwk = JsonWebKeyConverter.ConvertFromRSASecurityKey(
            new RsaSecurityKey(key.ExportParameters(false)));
        return $$"""{"alg":"RS256","typ":"JWT","jwk":{"kty":"RSA","n":"{{jwk.N}}","e":"{{jwk.E}}"} }""";
    }

    private static string Es256()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Tokens.Raw(
            """{"alg":"ES256","typ":"JWT"}""", Claims(),
            signed => key.SignData(signed, HashAlgorithmName.SHA256));
    }

    /// <summary>A good token of another business in which one part was put right afterwards.</summary>
    private static string Altered(int part, string? text = null)
    {
        var parts = Tokens.For("biz_other").Split('.');
        parts[part] = Base64Url.EncodeToString(part switch
        {
            0 => Encoding.UTF8.GetBytes("""{"alg":"HS256","typ":"JWT","kid":"x"}"""),
            1 => Encoding.UTF8.GetBytes(text ?? Claims().ToJsonString()),
            _ => new byte[32],
        });
        return TestLog.Remember(string.Join('.', parts));
    }
}
