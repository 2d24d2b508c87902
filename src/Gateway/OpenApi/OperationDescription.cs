using System.Globalization;
using System.Text.Json.Nodes;
using Bleepay.Gateway.Http;
using Bleepay.Grains;
using Bleepay.Grains.Fields;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Bleepay.Gateway.OpenApi;

/// <summary>Describes what a route's metadata declares: credentials, refusals, parameters and headers.</summary>
internal sealed class OperationDescription : IOpenApiOperationTransformer
{
    /// <summary>The refusals of every route, from middleware and exceptions.</summary>
    private static readonly RefusalCode[] Always =
        [RefusalCode.RateLimit, RefusalCode.Unexpected, RefusalCode.Unavailable];

    public async Task TransformAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var refusals = metadata.OfType<RefusalMetadata>().SelectMany(refusal => refusal.Codes).ToList();
        var problem = await context.GetOrCreateSchemaAsync(typeof(Problem), null, cancellationToken);
        context.Document!.AddComponent(nameof(Problem), problem);

        if (operation.RequestBody?.Content is { } content
            && content.Remove(ApiMetadataExtensions.AnyMediaType, out var body))
            content["application/json"] = body;
        AddExamples(operation);

        operation.Responses ??= [];
        var statuses = refusals.Concat(Always).Distinct().Select(ProblemKind.Of).GroupBy(kind => kind.Status);
        foreach (var status in statuses.OrderBy(status => status.Key))
            operation.Responses[status.Key.ToString(CultureInfo.InvariantCulture)] = Response(status, context.Document);

        operation.Security = [.. metadata
            .OfType<CredentialMetadata>()
            .SelectMany(needs => needs.Credentials)
            .Select(credential => new OpenApiSecurityRequirement
            {
                [new OpenApiSecuritySchemeReference(credential.ToString(), context.Document)] = [],
            })];

        foreach (var path in metadata.OfType<PathParameterMetadata>())
            (operation.Parameters ??= []).Insert(0, PathParameter(path.Name));
        foreach (var parameter in operation.Parameters ?? [])
            if (parameter is { In: ParameterLocation.Path, Schema: OpenApiSchema id })
                id.Pattern = IdPattern(parameter.Name!);
        if (refusals.Contains(RefusalCode.IdempotencyConflict))
            (operation.Parameters ??= []).Add(IdempotencyKey());
        foreach (var page in metadata.OfType<PageMetadata>())
            foreach (var parameter in Page(page.HasTimes)) (operation.Parameters ??= []).Add(parameter);
        foreach (var text in metadata.OfType<TextMetadata>()) (operation.Parameters ??= []).Add(Text(text));
    }

    private static void AddExamples(OpenApiOperation operation)
    {
        foreach (var body in operation.RequestBody?.Content?.Values ?? [])
            body.Example = ApiExamples.RequestOf(operation.OperationId!);
        if (operation.Responses?.GetValueOrDefault("200") is not { Content: { } answers }) return;
        foreach (var answer in answers.Values) answer.Example = ApiExamples.AnswerOf(operation.OperationId!);
    }

    private static string IdPattern(string parameter) => "^" + parameter switch
    {
        "businessId" => Identifiers.BusinessPrefix,
        "widgetId" => Identifiers.WidgetPrefix,
        "sessionId" => Identifiers.SessionPrefix,
        "endpointId" => Identifiers.EndpointPrefix,
        "deliveryId" => Identifiers.DeliveryPrefix,
        "paymentId" => Identifiers.UnmatchedPaymentPrefix,
        _ => throw new ArgumentOutOfRangeException(nameof(parameter), parameter, "An id without a known prefix."),
    } + $"[A-Za-z0-9_-]{{1,{Identifiers.BodyLengthMax}}}$";

    private static OpenApiResponse Response(IGrouping<int, ProblemKind> status, OpenApiDocument document) => new()
    {
        Description = string.Join("; ", status.Select(kind => $"`{kind.Code}`: {kind.Title}")),
        Headers = HeadersOf(status.Key),
        Content = new Dictionary<string, OpenApiMediaType>
        {
            [ProblemResult.ContentType] = new OpenApiMediaType
            {
                Schema = new OpenApiSchemaReference(nameof(Problem), document),
                Examples = status.ToDictionary(
                    kind => kind.Code,
                    IOpenApiExample (kind) => new OpenApiExample { Value = ApiExamples.ProblemOf(kind) }),
            },
        },
    };

    private static Dictionary<string, IOpenApiHeader>? HeadersOf(int status) => status switch
    {
        401 => new() { ["WWW-Authenticate"] = Header(JsonSchemaType.String, "The scheme that is expected.") },
        429 => new()
        {
            ["Retry-After"] = Header(JsonSchemaType.Integer, "Seconds to wait before the next attempt."),
            ["RateLimit-Policy"] = Header(JsonSchemaType.String, "The limits: name, quota and window in seconds."),
            ["RateLimit"] = Header(JsonSchemaType.String, "The remaining quota of each, and seconds until it grows."),
        },
        503 => new() { ["Retry-After"] = Header(JsonSchemaType.Integer, "Seconds to wait before the next attempt.") },
        _ => null,
    };

    private static OpenApiHeader Header(JsonSchemaType type, string description) => new()
    {
        Description = description,
        Schema = new OpenApiSchema { Type = type },
    };

    private static OpenApiParameter PathParameter(string name) => new()
    {
        Name = name,
        In = ParameterLocation.Path,
        Required = true,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
    };

    private static IEnumerable<OpenApiParameter> Page(bool hasTimes)
    {
        yield return Query(
            "limit", 1, ListBounds.LimitMax, $"Most items in the page; {PageRequest.LimitDefault} by default.");
        yield return Query("offset", 0, ListBounds.OffsetMax, hasTimes
            ? "Number of items to skip, newest first. Use after for deeper pages."
            : "Number of items to skip.");
        if (!hasTimes) yield break;
        yield return Query("since", 0, null, "Only items created after this time, in Unix milliseconds.");
        yield return Query("until", 0, null, "Only items created before this time, in Unix milliseconds.");
    }

    private static OpenApiParameter Query(string name, int min, int? max, string description) => new()
    {
        Name = name,
        In = ParameterLocation.Query,
        Description = description,
        Schema = new OpenApiSchema
        {
            Type = JsonSchemaType.Integer,
            Minimum = min.ToString(CultureInfo.InvariantCulture),
            Maximum = max?.ToString(CultureInfo.InvariantCulture),
        },
    };

    private static OpenApiParameter Text(TextMetadata text) => new()
    {
        Name = text.Name,
        In = text.In,
        Description = text.Description,
        Schema = new OpenApiSchema
        {
            Type = JsonSchemaType.String,
            Enum = text.Words?.Select(word => (JsonNode)word).ToList(),
        },
    };

    private static OpenApiParameter IdempotencyKey() => new()
    {
        Name = "Idempotency-Key",
        In = ParameterLocation.Header,
        Description =
            "Repeated requests with the same key and body on the same widget return the same session. Generate a " +
            "random key: any holder of the widget secret can use a key that it can guess.",
        Schema = new OpenApiSchema
        {
            Type = JsonSchemaType.String,
            MinLength = 1,
            MaxLength = FieldRules.IdempotencyKeyLengthMax,
            Pattern = "^[ -~]+$",
        },
    };
}
