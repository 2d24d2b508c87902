using System.Globalization;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.OpenApi;

/// <summary>An operation of the API as its OpenAPI document describes it.</summary>
internal sealed class DescribedOperation
{
    public const string DocumentPath = "/openapi/v1.json";

    private readonly JsonNode document;
    private readonly JsonNode operation;
    private readonly string verb;

    private DescribedOperation(JsonNode document, string path, string verb)
    {
        this.document = document;
        this.verb = verb;
        Path = path;
        operation = document["paths"]![path]![verb]!;
    }

    public string Name => operation["operationId"]!.GetValue<string>();

    /// <summary>With its parameters in braces.</summary>
    public string Path { get; }

    public HttpMethod Method => HttpMethod.Parse(verb);

    /// <summary>Null where no body is described.</summary>
    public JsonObject? BodySchema =>
        operation["requestBody"]?["content"]?[Api.Json]?["schema"] is { } schema ? Resolve(schema) : null;

    /// <summary>The statuses that it may answer.</summary>
    public IReadOnlyList<int> Statuses =>
        [.. Responses.Select(response => int.Parse(response.Key, CultureInfo.InvariantCulture))];

    private JsonObject Responses => operation["responses"]!.AsObject();

    /// <summary>Every operation of a service.</summary>
    public static async Task<IReadOnlyList<DescribedOperation>> AllOf(Api api)
    {
        var document = (await api.Get(DocumentPath)).MustBeOk().Body;
        return
        [
            .. document["paths"]!.AsObject().SelectMany(
                path => path.Value!.AsObject(),
                (path, operation) => new DescribedOperation(document, path.Key, operation.Key)),
        ];
    }

    /// <param name="place"><c>query</c>, <c>path</c> or <c>header</c>.</param>
    public IReadOnlyList<string> Parameters(string place) =>
    [
        .. (operation["parameters"]?.AsArray() ?? [])
            .Where(parameter => parameter!["in"]!.GetValue<string>() == place)
            .Select(parameter => parameter!["name"]!.GetValue<string>()),
    ];

    public bool Takes(string credential) =>
        operation["security"]!.AsArray().Any(one => one!.AsObject().ContainsKey(credential));

    /// <summary>The schema behind a reference, or the one of several that is not null.</summary>
    public JsonObject Resolve(JsonNode schema) => schema switch
    {
        _ when schema["$ref"] is { } reference => Resolve(
            reference.GetValue<string>().Split('/').Skip(1).Aggregate(document, (node, name) => node[name]!)),
        _ when schema["oneOf"] is JsonArray choices => Resolve(
            choices.First(choice => choice!["type"]?.ToString() != "null")!),
        _ => schema.AsObject(),
    };

    /// <summary>How an answer contradicts the description of its status; null where it doesn't.</summary>
    public string? Contradiction(Answer answer)
    {
        var status = StatusOf(answer);
        if (Responses[status] is not { } response) return $"{status} is not described for {Name}";
        if (response["content"] is not JsonObject { Count: > 0 } content)
            return answer.Text.Length == 0 ? null : $"{status} of {Name} is described without a body";
        if (answer.ContentType is null || !content.ContainsKey(answer.ContentType))
            return $"{status} of {Name} is not described as {answer.ContentType}";
        if ((int)answer.Status < 400) return null;
        return response["description"]!.GetValue<string>().Contains($"`{answer.Code}`", StringComparison.Ordinal)
            ? null
            : $"{status} of {Name} is not described with the code {answer.Code}";
    }

    /// <summary>A JSON pointer into the document; null where the answer's status has no body.</summary>
    public string? SchemaOf(Answer answer)
    {
        string[] steps =
            ["paths", Path, verb, "responses", StatusOf(answer), "content", answer.ContentType ?? "", "schema"];
        var schema = steps.Aggregate<string, JsonNode?>(document, (node, name) => (node as JsonObject)?[name]);
        return schema is null ? null : string.Concat(steps.Select(step =>
            "/" + step.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)));
    }

    private static string StatusOf(Answer answer) => ((int)answer.Status).ToString(CultureInfo.InvariantCulture);
}
