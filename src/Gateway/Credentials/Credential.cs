using System.Buffers.Text;
using System.Text.Json;
using Bleepay.Grains;
using Bleepay.Grains.Fields;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Bleepay.Gateway.Credentials;

/// <summary>
/// Whom a request speaks for. Where both credentials are sent, the bearer token alone decides.
/// </summary>
internal static class Credential
{
    public const string SecretHeader = "X-Client-Secret";
    public const string BusinessClaim = "business_id";
    public const string ReportScope = "payments:report";

    private const string BearerScheme = "Bearer ";

    /// <summary>Where issuers put scopes: RFC 8693 §4.2, and what some of them use instead.</summary>
    private static readonly string[] ScopeClaims = ["scope", "scp"];

    public static bool HasBearer(HttpRequest request) =>
        request.Headers.Authorization.ToString().StartsWith(BearerScheme, StringComparison.OrdinalIgnoreCase);

    /// <summary>The holder of a valid token, or null.</summary>
    public static Member? Member(HttpContext http) => http.User.Identity is { IsAuthenticated: true }
        ? new Member([.. http.User.FindAll(BusinessClaim).Select(claim => claim.Value)])
        : null;

    /// <summary>True when a valid token names this business, and it can be one.</summary>
    public static bool IsMember(HttpContext http, string businessId) =>
        Member(http)?.IsMemberOf(businessId) == true && Identifiers.IsBusiness(businessId);

    /// <summary>For reports of payments: without the scope, the holder of the token is a member like any.</summary>
    public static Caller? ForReport(HttpContext http)
    {
        if (Member(http) is not { } member) return null;
        if (http.User.Identity is not CaseSensitiveClaimsIdentity { SecurityToken: JsonWebToken token }) return member;

        // As it was signed: among the claims as they were read, an object looks like its text, and a claim that names
        // no business, such as an empty array, like none. Only the latter's absence stands for every business.
        using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(token.EncodedPayload));
        if (!ScopeClaims.SelectMany(name => Scopes(payload.RootElement, name)).Contains(ReportScope)) return member;
        return new PaymentReporter(
            payload.RootElement.TryGetProperty(BusinessClaim, out _) ? member.BusinessIds : null);
    }

    /// <summary>For a widget's routes. The secret is still to be verified, by the widget.</summary>
    public static Caller? ForWidget(HttpContext http)
    {
        if (HasBearer(http.Request)) return Member(http);
        return Secret(http.Request) is { } secret ? new WidgetSecretHolder(WidgetSecrets.Hash(secret)) : null;
    }

    /// <summary>For a session's routes. A secret that does not verify is no credential.</summary>
    public static Caller? ForSession(HttpContext http, string sessionId, SessionSecrets secrets)
    {
        if (HasBearer(http.Request)) return Member(http);
        return Secret(http.Request) is { } secret && secrets.Verify(secret, sessionId)
            ? new SessionSecretHolder()
            : null;
    }

    /// <summary>Those of a claim that is a string or an array of strings; of any other form, none.</summary>
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
