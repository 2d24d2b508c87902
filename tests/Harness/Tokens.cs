using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Bleepay.Tests.Harness;

/// <summary>Tokens of the issuer that the tests' services are configured to trust.</summary>
internal static class Tokens
{
    public const string Issuer = "https://issuer.test";
    public const string Audience = "bleepay";

    /// <summary>64 bytes, which is what HS512 asks for.</summary>
    private static readonly byte[] Key = SHA512.HashData("the key of the tests' issuer"u8);

    /// <summary>The service's settings that make it trust these tokens.</summary>
    public static IReadOnlyDictionary<string, string?> Settings { get; } = new Dictionary<string, string?>
    {
        ["Authentication:Schemes:Bearer:ValidIssuer"] = Issuer,
        ["Authentication:Schemes:Bearer:ValidAudiences:0"] = Audience,
        ["Authentication:Schemes:Bearer:SigningKeys:0:Issuer"] = Issuer,
        ["Authentication:Schemes:Bearer:SigningKeys:0:Value"] = Convert.ToBase64String(Key),
    };

    /// <summary>A good token of a member of these businesses.</summary>
    public static string For(params string[] businessIds) => Make(new Dictionary<string, object>
    {
        ["business_id"] = businessIds.Length == 1 ? businessIds[0] : businessIds,
    });

    /// <summary>A good token that may report payments to these businesses.</summary>
    public static string Reporter(params string[] businessIds) => Make(new Dictionary<string, object>
    {
        ["business_id"] = businessIds,
        ["scope"] = "payments:report",
    });

    /// <summary>A good token, except for the claims in the arguments.</summary>
    public static string Make(
        IDictionary<string, object> claims,
        string issuer = Issuer,
        string audience = Audience,
        DateTime? expires = null,
        string algorithm = SecurityAlgorithms.HmacSha256,
        byte[]? key = null,
        string type = "JWT") =>
        TestLog.Remember(new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(
            new SecurityTokenDescriptor
            {
                Issuer = issuer,
                Audience = audience,
                Claims = claims,
                Expires = expires ?? DateTime.UtcNow.AddHours(1),
                TokenType = type,
                SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(key ?? Key), algorithm),
            }));

    /// <summary>The claims of a good token.</summary>
    public static JsonObject Claims(string businessId) => new()
    {
        ["iss"] = Issuer,
        ["aud"] = Audience,
        ["exp"] = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds(),
        ["business_id"] = businessId,
    };

    /// <summary>A token put together by hand, since no library makes a wrong one.</summary>
    /// <param name="sign">Signs header and payload; by default with the issuer's key, as HS256.</param>
    public static string Raw(string header, JsonObject claims, Func<byte[], byte[]>? sign = null)
    {
        var payload = claims.ToJsonString();
        var signed = $"{Encode(Encoding.UTF8.GetBytes(header))}.{Encode(Encoding.UTF8.GetBytes(payload))}";
        var signature = (sign ?? Hs256)(Encoding.ASCII.GetBytes(signed));
        return TestLog.Remember($"{signed}.{Encode(signature)}");
    }

    public static byte[] Hs256(byte[] signed) => HMACSHA256.HashData(Key, signed);

    private static string Encode(byte[] part) => Base64Url.EncodeToString(part);
}
