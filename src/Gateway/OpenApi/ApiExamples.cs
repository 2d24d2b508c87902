using System.Globalization;
using System.Text.Json.Nodes;
using Bleepay.Gateway.Http;

namespace Bleepay.Gateway.OpenApi;

/// <summary>
/// The examples of the description, in <c>examples.json</c>: for each operation a request body and an answer, for each
/// event the webhook's body, and for each code of an error its detail.
/// </summary>
internal static class ApiExamples
{
    private const string Resource = "examples.json";

    private static readonly JsonObject All = Read();

    /// <returns>Null for an operation without a body.</returns>
    public static JsonNode? RequestOf(string operation) => Of("operations", operation)?["request"]?.DeepClone();

    /// <returns>Null for an operation that answers without a body.</returns>
    public static JsonNode? AnswerOf(string operation) => Of("operations", operation)?["answer"]?.DeepClone();

    /// <param name="type">Of the event.</param>
    public static JsonNode WebhookOf(string type) =>
        Of("webhooks", type)?.DeepClone()
        ?? throw new InvalidOperationException($"{Resource} has no webhook {type}.");

    /// <summary>The body of an error.</summary>
    public static JsonNode ProblemOf(ProblemKind kind)
    {
        var example = Of("problems", kind.Code)
            ?? throw new InvalidOperationException($"{Resource} has no problem {kind.Code}.");
        return new JsonObject
        {
            ["type"] = "about:blank",
            ["title"] = kind.Title,
            ["status"] = kind.Status,
            ["code"] = kind.Code,
            ["detail"] = example["detail"]!.DeepClone(),
            ["errors"] = example["errors"]?.DeepClone(),
            ["requestId"] = "0HNPAQ1LTFJ7M:00000001",
        };
    }

    private static JsonNode? Of(string kind, string name) => All[kind]![name];

    private static JsonObject Read()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{typeof(ApiExamples).Namespace}.{Resource}");
        using var stream = typeof(ApiExamples).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not embedded.");
        return JsonNode.Parse(stream)!.AsObject();
    }
}
