using Bleepay.Grains;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Bleepay.Gateway.Description;

/// <summary>The credentials that a route takes, any one of them.</summary>
internal enum ApiCredential
{
    Token,
    WidgetSecret,
    SessionSecret,
}

/// <summary>What a route says of itself for the API description.</summary>
internal sealed record CredentialMetadata(IReadOnlyList<ApiCredential> Credentials);

/// <summary>The refusals that a route's own logic may give.</summary>
internal sealed record RefusalMetadata(IReadOnlyList<RefusalCode> Codes);

internal static class ApiMetadataExtensions
{
    /// <summary>
    /// For routing a body is a body: it would refuse other media types ahead of a wrong credential.
    /// </summary>
    public const string AnyMediaType = "*/*";

    /// <summary>A body of JSON; <see cref="Http.JsonBody"/> sees to that in its turn.</summary>
    public static RouteHandlerBuilder Reads<T>(this RouteHandlerBuilder route)
        where T : notnull => route.Accepts<T>(AnyMediaType);

    public static RouteHandlerBuilder Answers<T>(this RouteHandlerBuilder route) =>
        route.Produces<T>(StatusCodes.Status200OK, "application/json");

    public static RouteHandlerBuilder Needs(this RouteHandlerBuilder route, params ApiCredential[] credentials) =>
        route.WithMetadata(new CredentialMetadata(credentials));

    public static RouteHandlerBuilder MayRefuse(this RouteHandlerBuilder route, params RefusalCode[] codes) =>
        route.WithMetadata(new RefusalMetadata(codes));
}
