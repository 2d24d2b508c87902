using System.Buffers.Text;
using System.Text.Json;
using Bleepay.Grains;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Bleepay.Gateway.Credentials;

/// <summary>
/// Reads the caller from a request's credential. If a request has a bearer token and a secret, only the token counts.
/// </summary>
internal static class Credential
{
    public const string SecretHeader = "X-Client-Secret";
    public const string BusinessClaim = "business_id";
    public const string ReportScope = "payments:report";

    private const string BearerScheme = "Bearer ";

    /// <summary>The claims that hold scopes: <c>scope</c> by RFC 8693 §4.2; some issuers use <c>scp</c>.</summary>
    private static readonly string[] ScopeClaims = ["scope", "scp"];

    public static bool HasBearer(HttpRequest request) =>
        request.Headers.Authorization.ToString().StartsWith(BearerScheme, StringComparison.OrdinalIgnoreCase);

    /// <summary>The holder of a valid token, or null.</summary>
    public static Member? Member(HttpContext http) => http.User.Identity is { IsAuthenticated: true }
        ? new Member([.. http.User.FindAll(BusinessClaim).Select(claim => claim.Value)])
        : null;

    /// <summary>
    /// For report-payment: a reporter, or a plain member if the token lacks the scope; null without a valid token.
    /// </summary>
    public static Caller? ForReport(HttpContext http)
    {
        if (Member(http) is not { } member) return null;
        if (http.User.Identity is not CaseSensitiveClaimsIdentity { SecurityToken: JsonWebToken token }) return member;

        // Read from the signed payload: the parsed claims show an object as its text, and an empty array as no claim.
        // Only a token without the business claim may report for every business.
        using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(token.EncodedPayload));
        if (!ScopeClaims.SelectMany(name => Scopes(payload.RootElement, name)).Contains(ReportScope)) return member;
        return new PaymentReporter(
            payload.RootElement.TryGetProperty(BusinessClaim, out _) ? member.BusinessIds : null);
    }

    /// <summary>For a widget's routes. A secret is not verified here; the widget does that.</summary>
    public static Caller? ForWidget(HttpContext http)
    {
        if (HasBearer(http.Request)) return Member(http);
        return Secret(http.Request) is { } secret ? new WidgetSecretHolder(WidgetSecrets.Hash(secret)) : null;
    }

    /// <summary>For a session's routes. Null if the secret is not the session's.</summary>
    public static Caller? ForSession(HttpContext http, string sessionId, SessionSecrets secrets)
    {
        if (HasBearer(http.Request)) return Member(http);
        return Secret(http.Request) is { } secret && secrets.Verify(secret, sessionId)
            ? new SessionSecretHolder()
            : null;
    }

    /// <summary>The scopes of a claim that is a string or an array of strings; none if it has another form.</summary>
    private static IEnumerable<string> Scopes(JsonElement claims, string name)
    {
        if (!claims.TryGetProperty(name, out var claim)) return [];
        List<JsonElement> texts = claim.ValueKind == JsonValueKind.Array ? [.. claim.EnumerateArray()] : [claim];
        return texts.TrueForAll(text => text.ValueKind == JsonValueKind.String)
            ? texts.SelectMany(text => text.GetString()!.Split(' '))
            : [];
    }

    private static string? Secret(HttpRequest request) =>
        request.Headers[SecretHeader] is [{ Length: > 0 } secret] ? secret : null;
}
