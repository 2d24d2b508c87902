using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Bleepay.Gateway.Credentials;

/// <summary>
/// Tokens are judged by the platform's own handler under its own section,
/// <c>Authentication:Schemes:Bearer</c>. This only narrows what that section leaves open.
/// </summary>
internal static class BearerTokens
{
    private const string Section = "Authentication:Schemes:Bearer";

    /// <summary>Clocks of issuers and of this service may differ by so much.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    /// <summary>
    /// At the default of five minutes, one forged token uses up the only early refresh of the issuer's keys,
    /// and an honest change of keys within that time is refused.
    /// </summary>
    private static readonly TimeSpan KeyRefresh = TimeSpan.FromSeconds(1);

    /// <summary>Media types, so without case (RFC 7515 §4.1.9).</summary>
    private static readonly HashSet<string> Types = new(["JWT", "at+jwt"], StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> Symmetric =
        [SecurityAlgorithms.HmacSha256, SecurityAlgorithms.HmacSha384, SecurityAlgorithms.HmacSha512];

    private static readonly HashSet<string> Asymmetric =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    public static void AddBearerTokens(this IServiceCollection services)
    {
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        services.AddAuthorization();
        services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme)
            .Configure(Narrow)
            .Validate<IConfiguration>(
                IsComplete,
                $"{Section.Replace(":", "__", StringComparison.Ordinal)}__ValidIssuer and …__ValidAudiences__0 must " +
                "be set beside Authority or SigningKeys: a token of another issuer or for another service is refused.")
            .ValidateOnStart();
    }

    private static void Narrow(JwtBearerOptions options)
    {
        options.MapInboundClaims = false;
        options.RefreshInterval = KeyRefresh;
        options.IncludeErrorDetails = false;
        options.Events = new JwtBearerEvents { OnTokenValidated = RefuseCritical };

        var tokens = options.TokenValidationParameters;

        // The configured keys are made anew at each enumeration; they are listed once, to be compared by.
        var configured = tokens.IssuerSigningKeys?.OfType<SymmetricSecurityKey>().ToList() ?? [];
        tokens.IssuerSigningKeys = configured;
        tokens.ValidateIssuer = true;
        tokens.ValidateAudience = true;
        tokens.ValidateLifetime = true;
        tokens.RequireExpirationTime = true;
        tokens.RequireSignedTokens = true;
        tokens.ClockSkew = ClockSkew;
        tokens.TypeValidator = (type, _, _) =>
            Types.Contains(type ?? "") ? type : throw new SecurityTokenInvalidTypeException();
        tokens.AlgorithmValidator = (algorithm, key, _, _) => IsAllowed(algorithm, key, configured);
    }

    /// <summary>
    /// A token that lists extensions which must be understood is refused (RFC 7515 §4.1.11): none is understood here,
    /// and the platform does not look.
    /// </summary>
    private static Task RefuseCritical(TokenValidatedContext context)
    {
        if (context.SecurityToken is JsonWebToken token && token.TryGetHeaderValue<object>("crit", out _))
            context.Fail("The token has critical extensions.");
        return Task.CompletedTask;
    }

    /// <summary>
    /// A symmetric algorithm only with a configured key, an asymmetric one only with a key of the issuer's
    /// set: no public key can be taken for a shared secret, and no issuer can publish one (RFC 8725 §3.1).
    /// </summary>
    private static bool IsAllowed(string algorithm, SecurityKey key, List<SymmetricSecurityKey> configured) =>
        Symmetric.Contains(algorithm)
            ? configured.Exists(known => ReferenceEquals(known, key))
            : Asymmetric.Contains(algorithm)
                && key is not SymmetricSecurityKey
                && key is not JsonWebKey { Kty: JsonWebAlgorithmsKeyTypes.Octet };

    private static bool IsComplete(JwtBearerOptions options, IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        if (section["Authority"] is null && !section.GetSection("SigningKeys").GetChildren().Any()) return true;

        var tokens = options.TokenValidationParameters;
        var hasIssuer = !string.IsNullOrEmpty(tokens.ValidIssuer) || tokens.ValidIssuers?.Any(HasText) == true
            || section["Authority"] is not null;
        var hasAudience = !string.IsNullOrEmpty(tokens.ValidAudience) || tokens.ValidAudiences?.Any(HasText) == true;
        return hasIssuer && hasAudience;

        static bool HasText(string text) => !string.IsNullOrEmpty(text);
    }
}
