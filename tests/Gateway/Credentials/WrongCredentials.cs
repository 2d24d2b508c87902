using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Credentials;

/// <summary>What is sent as a credential.</summary>
internal sealed record Sent(string? Token, string? Secret);

/// <summary>One line of the table: a credential, and what it gets at each kind of route.</summary>
internal sealed record CredentialRow(
    string Name, int OfBusiness, int OfWidget, int OfSession, Func<Estate, Task<Sent>> Of)
{
    public HttpStatusCode Expected(RouteKind kind) => (HttpStatusCode)(kind switch
    {
        RouteKind.Open => 200,
        RouteKind.Business => OfBusiness,
        RouteKind.Widget => OfWidget,
        RouteKind.Session => OfSession,

        // No token of the table has the scope.
        RouteKind.Report => OfBusiness == 200 ? 403 : OfBusiness,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    });
}

/// <summary>A business with a widget and a session of it.</summary>
internal sealed record Estate(Api Api, string Business, string WidgetId, string SessionId, TestSession Session)
{
    public static async Task<Estate> Make(Api api)
    {
        var session = await api.NewSession(await api.CreateWidget(business: Api.NewBusiness()));
        return new(api, session.Widget.Business, session.Widget.Id, session.Id, session);
    }

    public string WidgetSecret => Session.Widget.Secret;

    public string SessionSecret => Session.Secret;
}

/// <summary>The table, and how each of its credentials is made.</summary>
internal static class WrongCredentials
{
    private const string Header = """{"alg":"HS256","typ":"JWT"}""";

    public static readonly CredentialRow[] Table =
    [
        //  credential                                    business, widget, session
        Row("a good token",                                 200, 200, 200, one => Token(Good(one))),
        Row("the widget's secret",                          401, 200, 401, one => Secret(one.WidgetSecret)),
        Row("the session's secret",                         401, 401, 200, one => Secret(one.SessionSecret)),
        Row("none",                                         401, 401, 401, _ => new Sent(null, null)),
        Row("a token of another business",                  404, 404, 404, _ => Token(Tokens.For("biz_other"))),
        Row("a token of no business",                       404, 404, 404, one => Token(Without(one))),
        Row("an expired token",                             401, 401, 401, one => Token(Claiming(one, "exp", 1))),
        Row("a token that is not valid yet",                401, 401, 401, one => Token(Claiming(one, "nbf", Later))),
        Row("a token of another issuer",                    401, 401, 401, one => Token(Claiming(one, "iss", "x"))),
        Row("a token for another service",                  401, 401, 401, one => Token(Claiming(one, "aud", "x"))),
        Row("alg none",                                     401, 401, 401, one => Token(None(one))),
        Row("RS256 over the shared key's HMAC",             401, 401, 401, one => Token(Rs256OverHmac(one))),
        Row("HS256 over a public key",                      401, 401, 401, one => Token(HmacOfPublicKey(one))),
        Row("ES256 by an unknown key",                      401, 401, 401, one => Token(Es256(one))),
        Row("a kid that names a file",                      401, 401, 401, one => Token(Kid(one, "/dev/null", []))),
        Row("a kid that is a query",                        401, 401, 401, one => Token(Kid(one, "' or 1=1", [1]))),
        Row("a kid that names the issuer",                  401, 401, 401, one => Token(Kid(one, Tokens.Issuer, [1]))),
        Row("a key in the token's own header",              401, 401, 401, one => Token(OwnKey(one))),
        Row("a token whose payload was changed",            401, 401, 401, one => Token(Tampered(one, 1))),
        Row("a token whose header was changed",             401, 401, 401, one => Token(Tampered(one, 0))),
        Row("a token without its signature",                401, 401, 401, one => Token(Tampered(one, 2))),
        Row("the secret of another widget",                 401, 401, 401, async one =>
            Secret((await Estate.Make(one.Api)).WidgetSecret)),
        Row("the secret of another widget of the business", 401, 401, 401, async one =>
            Secret((await one.Api.CreateWidget(business: one.Business)).Secret)),
        Row("the secret of another session of the widget",  401, 401, 401, async one =>
            Secret((await one.Api.NewSession(one.Session.Widget)).Secret)),
        Row("the secret that was rotated out",              401, 401, 401, RotatedOut),
        Row("the widget's secret, changed",                 401, 401, 401, one => Secret(Changed(one.WidgetSecret))),
        Row("the session's secret, changed",                401, 401, 401, one => Secret(Changed(one.SessionSecret))),
        Row("the session's secret under another key's id",  401, 401, 401, one => Secret(OtherKeyId(one))),
        Row("the session's secret as the widget's",          401, 401, 401, one => Secret(OtherPrefix(one))),
        Row("the widget's secret as a token",               401, 401, 401, one => Token(one.WidgetSecret)),
        Row("the session's secret as a token",              401, 401, 401, one => Token(one.SessionSecret)),
        Row("a good token as a secret",                     401, 401, 401, one => Secret(Good(one))),
        Row("an expired token beside the widget's secret",  401, 401, 401, one =>
            new Sent(Claiming(one, "exp", 1), one.WidgetSecret)),
        Row("an expired token beside the session's secret", 401, 401, 401, one =>
            new Sent(Claiming(one, "exp", 1), one.SessionSecret)),
        Row("a foreign token beside the widget's secret",   404, 404, 404, one =>
            new Sent(Tokens.For("biz_other"), one.WidgetSecret)),
        Row("a foreign token beside the session's secret",  404, 404, 404, one =>
            new Sent(Tokens.For("biz_other"), one.SessionSecret)),
        Row("a good token beside a wrong secret",           200, 200, 200, one => new Sent(Good(one), "wrong")),
    ];

    private static long Later => DateTimeOffset.UtcNow.AddMinutes(5).ToUnixTimeSeconds();

    private static CredentialRow Row(string name, int business, int widget, int session, Func<Estate, Sent> of) =>
        new(name, business, widget, session, one => Task.FromResult(of(one)));

    private static CredentialRow Row(
        string name, int business, int widget, int session, Func<Estate, Task<Sent>> of) =>
        new(name, business, widget, session, of);

    private static Sent Token(string token) => new(token, null);

    private static Sent Secret(string secret) => new(null, TestLog.Remember(secret));

    private static string Good(Estate estate) => Tokens.For(estate.Business);

    private static JsonObject Claims(Estate estate) => Tokens.Claims(estate.Business);

    private static string Without(Estate estate) => Tokens.Raw(Header, Claims(estate).Without("business_id"));

    private static string Claiming(Estate estate, string claim, JsonNode value) =>
        Tokens.Raw(Header, Claims(estate).With(claim, value));

    private static string None(Estate estate) =>
        Tokens.Raw("""{"alg":"none","typ":"JWT"}""", Claims(estate), _ => []);

    private static string Rs256OverHmac(Estate estate) =>
        Tokens.Raw("""{"alg":"RS256","typ":"JWT"}""", Claims(estate));

    private static string HmacOfPublicKey(Estate estate)
    {
        using var key = RSA.Create(2048);
        return Tokens.Raw(
            Header, Claims(estate),
            signed => HMACSHA256.HashData(Encoding.ASCII.GetBytes(key.ExportSubjectPublicKeyInfoPem()), signed));
    }

    private static string Es256(Estate estate)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Tokens.Raw(
            """{"alg":"ES256","typ":"JWT"}""", Claims(estate),
            signed => key.SignData(signed, HashAlgorithmName.SHA256));
    }

    /// <summary>Signed by what a careless look-up of the key's name might find.</summary>
    private static string Kid(Estate estate, string kid, byte[] key) => Tokens.Raw(
        $$"""{"alg":"HS256","typ":"JWT","kid":"{{kid}}"}""", Claims(estate),
        signed => HMACSHA256.HashData(key, signed));

    private static string OwnKey(Estate estate)
    {
        byte[] key = [.. Enumerable.Repeat((byte)7, 32)];
        return Tokens.Raw(
            $$"""{"alg":"HS256","typ":"JWT","jwk":{"kty":"oct","k":"{{Base64Url.EncodeToString(key)}}"} }""",
            Claims(estate), signed => HMACSHA256.HashData(key, signed));
    }

    /// <summary>A good token of another business in which one part was put right afterwards.</summary>
    private static string Tampered(Estate estate, int part)
    {
        var parts = Tokens.For("biz_other").Split('.');
        parts[part] = part switch
        {
            0 => Base64Url.EncodeToString("""{"alg":"HS256","typ":"JWT","x":1}"""u8),
            1 => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(Claims(estate).ToJsonString())),
            _ => "",
        };
        return TestLog.Remember(string.Join('.', parts));
    }

    private static async Task<Sent> RotatedOut(Estate estate)
    {
        (await estate.Api.Manage(
            estate.Session.Widget, "rotate-widget-secret", new JsonObject().With("graceSeconds", 0))).MustBeOk();
        return Secret(estate.WidgetSecret);
    }

    private static string Changed(string secret) => secret[..^2] + (secret[^2] == 'A' ? 'B' : 'A') + secret[^1];

    private static string OtherKeyId(Estate estate) =>
        string.Concat("dep_secret_00000000", estate.SessionSecret.AsSpan("dep_secret_00000000".Length));

    private static string OtherPrefix(Estate estate) =>
        string.Concat("wdgt_secret_", estate.SessionSecret.AsSpan("dep_secret_00000000_".Length));
}
