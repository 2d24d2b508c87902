using Bleepay.Grains;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;

namespace Bleepay.Gateway.Description;

/// <summary>The credentials that a route takes, any one of them.</summary>
internal enum ApiCredential
{
    Token,

    /// <summary>A token with the scope to report payments.</summary>
    ReporterToken,
    WidgetSecret,
    SessionSecret,
}

/// <summary>What a route says of itself for the API description.</summary>
internal sealed record CredentialMetadata(IReadOnlyList<ApiCredential> Credentials);

/// <summary>The refusals that a route's own logic may give.</summary>
internal sealed record RefusalMetadata(IReadOnlyList<RefusalCode> Codes);

/// <summary>Marks a route that answers part of a list.</summary>
internal sealed record PageMetadata;

/// <summary>A text that a route takes in its query or a header.</summary>
/// <param name="Words">All values that there are; null where any text may be one.</param>
internal sealed record TextMetadata(
    ParameterLocation In, string Name, string Description, IReadOnlyList<string>? Words = null);

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

    /// <summary>200 with an empty body.</summary>
    public static RouteHandlerBuilder AnswersNothing(this RouteHandlerBuilder route) =>
        route.Produces(StatusCodes.Status200OK);

    /// <summary>The query of a list; <see cref="Http.PageRequest"/> reads it.</summary>
    public static RouteHandlerBuilder TakesPage(this RouteHandlerBuilder route) =>
        route.WithMetadata(new PageMetadata());

    /// <summary>Where in a list a page begins; <see cref="Http.ListPlace"/> reads it.</summary>
    public static RouteHandlerBuilder TakesPlace(this RouteHandlerBuilder route) => route.TakesQuery(
        Http.ListPlace.Parameter, "The place where the page before ended, from its Link header.");

    public static RouteHandlerBuilder TakesQuery(
        this RouteHandlerBuilder route, string name, string description, IReadOnlyList<string>? words = null) =>
        route.WithMetadata(new TextMetadata(ParameterLocation.Query, name, description, words));

    public static RouteHandlerBuilder TakesHeader(this RouteHandlerBuilder route, string name, string description) =>
        route.WithMetadata(new TextMetadata(ParameterLocation.Header, name, description));

    public static RouteHandlerBuilder Needs(this RouteHandlerBuilder route, params ApiCredential[] credentials) =>
        route.WithMetadata(new CredentialMetadata(credentials));

    public static RouteHandlerBuilder MayRefuse(this RouteHandlerBuilder route, params RefusalCode[] codes) =>
        route.WithMetadata(new RefusalMetadata(codes));
}
