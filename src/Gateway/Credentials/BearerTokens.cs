using System.Buffers;
using Bleepay.Gateway.Http;
using Bleepay.Grains;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
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

    /// <summary>The answer to a token that can't be verified because the issuer can't be reached.</summary>
    private static readonly Refusal IssuerIsAway = new(
        RefusalCode.Unavailable,
        "Tokens can't be verified at the moment: their issuer can't be reached. Retry the request.",
        retryAfterSeconds: 5);

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

    /// <summary>RFC 7515 §2: base64url without padding, and the dots between the parts.</summary>
    private static readonly SearchValues<char> TokenCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    public static void AddBearerTokens(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<IssuerOptions>().Bind(configuration.GetSection(IssuerOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<IssuerOptions>, IssuerOptionsValidator>();
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        services.AddAuthorization();
        services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme)
            .Configure(Narrow)
            .PostConfigure<IOptions<IssuerOptions>, TimeProvider, ILogger<IssuerKeys>>(UseIssuerKeys)
            .Validate<IConfiguration>(
                IsComplete,
                $"{Section.Replace(":", "__", StringComparison.Ordinal)}__ValidIssuer and …__ValidAudiences__0 must " +
                "be set beside Authority or SigningKeys: a token of another issuer or for another service is refused.")
            .ValidateOnStart();
    }

    private static void Narrow(JwtBearerOptions options)
    {
        options.MapInboundClaims = false;
        options.IncludeErrorDetails = false;
        options.Events = new JwtBearerEvents
        {
            OnTokenValidated = RefuseByForm,
            OnAuthenticationFailed = NoteIssuerOutage,
        };

        var tokens = options.TokenValidationParameters;

        // Each enumeration creates the configured keys again; they are listed once, to be compared by.
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

    /// <summary>After the platform's own post-configuration, which makes its manager where an issuer is set.</summary>
    private static void UseIssuerKeys(
        JwtBearerOptions options, IOptions<IssuerOptions> issuer, TimeProvider clock, ILogger<IssuerKeys> logger)
    {
        if (options.ConfigurationManager is not ConfigurationManager<OpenIdConnectConfiguration>) return;
        var documents = new HttpDocumentRetriever(options.Backchannel) { RequireHttps = options.RequireHttpsMetadata };
        options.ConfigurationManager =
            new IssuerKeys(options.MetadataAddress, documents, issuer.Value, clock, logger);
    }

    /// <summary>
    /// Refuses what the platform does not look at: extensions that must be understood (RFC 7515 §4.1.11), since none is
    /// understood here, and padded base64.
    /// </summary>
    private static Task RefuseByForm(TokenValidatedContext context)
    {
        if (context.SecurityToken is not JsonWebToken token) context.Fail("The token is no JWT.");
        else if (token.TryGetHeaderValue<object>("crit", out _)) context.Fail("The token has critical extensions.");
        else if (token.EncodedToken.AsSpan().ContainsAnyExcept(TokenCharacters))
            context.Fail("The token is not base64url.");
        return Task.CompletedTask;
    }

    /// <summary>
    /// A token whose issuer or key may only be unknown for the moment is not called invalid: both are in the metadata.
    /// </summary>
    private static Task NoteIssuerOutage(AuthenticationFailedContext context)
    {
        if (context.Exception is SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidIssuerException
            && context.Options.ConfigurationManager is IssuerKeys { AreKnown: false })
            context.HttpContext.Features.Set(new IssuerOutage());
        return Task.CompletedTask;
    }

    /// <summary>Answers requests with such a token by 503 and when to send them again.</summary>
    public static void UseIssuerOutageAnswer(this WebApplication app) => app.Use((http, next) =>
        http.Features.Get<IssuerOutage>() is null ? next(http) : new ProblemResult(IssuerIsAway).ExecuteAsync(http));

    /// <summary>
    /// A symmetric algorithm only with a configured key, an asymmetric one only with a key of the issuer's
    /// set: no public key passes as a shared secret, and no issuer can publish one (RFC 8725 §3.1).
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

    private sealed class IssuerOutage;
}
