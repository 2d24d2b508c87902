using Bleepay.Grains;
using Bleepay.Grains.Fields;
using Microsoft.AspNetCore.Http;

namespace Bleepay.Gateway.Credentials;

/// <summary>
/// Whom a request speaks for. Where both credentials are sent, the bearer token alone decides.
/// </summary>
internal static class Credential
{
    public const string SecretHeader = "X-Client-Secret";
    public const string BusinessClaim = "business_id";

    private const string BearerScheme = "Bearer ";

    public static bool HasBearer(HttpRequest request) =>
        request.Headers.Authorization.ToString().StartsWith(BearerScheme, StringComparison.OrdinalIgnoreCase);

    /// <summary>The holder of a valid token, or null.</summary>
    public static Member? Member(HttpContext http) => http.User.Identity is { IsAuthenticated: true }
        ? new Member([.. http.User.FindAll(BusinessClaim).Select(claim => claim.Value)])
        : null;

    /// <summary>True when a valid token names this business, and it can be one.</summary>
    public static bool IsMember(HttpContext http, string businessId) =>
        Member(http)?.IsMemberOf(businessId) == true && Identifiers.IsBusiness(businessId);

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

    private static string? Secret(HttpRequest request) =>
        request.Headers[SecretHeader] is [{ Length: > 0 } secret] ? secret : null;
}
