using Bleepay.Grains;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;

namespace Bleepay.Gateway.OpenApi;

/// <summary>A credential that a route accepts.</summary>
internal enum ApiCredential
{
    Token,

    /// <summary>A token with the scope to report payments.</summary>
    ReporterToken,
    WidgetSecret,
    SessionSecret,
}

/// <summary>The credentials that a route accepts; one of them is enough.</summary>
internal sealed record CredentialMetadata(IReadOnlyList<ApiCredential> Credentials);

/// <summary>The refusals that a route or its group may answer.</summary>
internal sealed record RefusalMetadata(IReadOnlyList<RefusalCode> Codes);

/// <summary>Marks a route that returns one page of a list.</summary>
/// <param name="HasTimes">True for a list that is in the order of creation.</param>
internal sealed record PageMetadata(bool HasTimes);

/// <summary>A parameter of the path that ASP.NET Core does not describe, because no handler takes it.</summary>
internal sealed record PathParameterMetadata(string Name);

/// <summary>A string parameter in the query or a header.</summary>
/// <param name="Words">The allowed values, or null if any string is allowed.</param>
internal sealed record TextMetadata(
    ParameterLocation In, string Name, string Description, IReadOnlyList<string>? Words = null);

internal static class ApiMetadataExtensions
{
    /// <summary>
    /// Routing must accept every media type: otherwise it would answer 415 before 401, 404 and 403.
    /// </summary>
    public const string AnyMediaType = "*/*";

    /// <summary>A JSON body, and the refusals of <see cref="Http.Json.JsonBody"/>, which reads it.</summary>
    /// <param name="isOptional">True if the body may be left out.</param>
    public static RouteHandlerBuilder Reads<T>(this RouteHandlerBuilder route, bool isOptional = false)
        where T : notnull => route
        .Accepts<T>(isOptional, AnyMediaType)
        .MayRefuse(RefusalCode.ValidationFailed, RefusalCode.TooLarge, RefusalCode.UnsupportedMediaType);

    public static RouteHandlerBuilder Answers<T>(this RouteHandlerBuilder route) =>
        route.Produces<T>(StatusCodes.Status200OK, "application/json");

    /// <summary>200 with an empty body.</summary>
    public static RouteHandlerBuilder AnswersNothing(this RouteHandlerBuilder route) =>
        route.Produces(StatusCodes.Status200OK);

    /// <summary>The query of a list, and the refusal of <see cref="Http.PageRequest"/>, which reads it.</summary>
    /// <param name="hasTimes">False for a list that is not in the order of creation.</param>
    public static RouteHandlerBuilder TakesPage(this RouteHandlerBuilder route, bool hasTimes = true) =>
        route.WithMetadata(new PageMetadata(hasTimes)).MayRefuse(RefusalCode.ValidationFailed);

    /// <summary>The cursor of a list; <see cref="Http.ListCursor"/> reads it.</summary>
    public static RouteHandlerBuilder TakesCursor(this RouteHandlerBuilder route) => route.TakesQuery(
        Http.ListCursor.Parameter, "The cursor of the next page, from the Link header of the page before.");

    public static RouteHandlerBuilder TakesQuery(
        this RouteHandlerBuilder route, string name, string description, IReadOnlyList<string>? words = null) =>
        route.WithMetadata(new TextMetadata(ParameterLocation.Query, name, description, words));

    public static RouteHandlerBuilder TakesHeader(this RouteHandlerBuilder route, string name, string description) =>
        route.WithMetadata(new TextMetadata(ParameterLocation.Header, name, description));

    public static TBuilder TakesPathParameter<TBuilder>(this TBuilder routes, string name)
        where TBuilder : IEndpointConventionBuilder => routes.WithMetadata(new PathParameterMetadata(name));

    /// <summary>The credentials of a route, or of every route in a group; none for one that is open to all.</summary>
    public static TBuilder Needs<TBuilder>(this TBuilder routes, params ApiCredential[] credentials)
        where TBuilder : IEndpointConventionBuilder => routes.WithMetadata(new CredentialMetadata(credentials));

    /// <summary>Adds to the refusals of a route, or of every route in a group.</summary>
    public static TBuilder MayRefuse<TBuilder>(this TBuilder routes, params RefusalCode[] codes)
        where TBuilder : IEndpointConventionBuilder => routes.WithMetadata(new RefusalMetadata(codes));
}
