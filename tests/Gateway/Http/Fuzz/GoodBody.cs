using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Bleepay.Tests.Gateway.OpenApi;

namespace Bleepay.Tests.Gateway.Http.Fuzz;

/// <summary>A field of a body, with a value that its schema allows.</summary>
internal sealed record BodyField(string Name, string GoodJson, bool IsRequired);

/// <summary>The fields of a body as its schema describes them, so that a new route needs nothing here.</summary>
internal static class GoodBody
{
    /// <summary>Stands for the id of the target's session, which is put in when the request is sent.</summary>
    public const string SessionOfTarget = "dep_SessionOfTheTarget";

    /// <summary>Values that no schema leads to.</summary>
    private static readonly Dictionary<string, string> ByName = new()
    {
        // Of an event that is never sent, and an address that is never asked.
        ["url"] = "\"https://1.1.1.1/webhooks\"",
        ["events"] = "[\"deposit.failed\"]",
        ["successUrl"] = "\"https://shop.example/\"",
        ["cancelUrl"] = "\"https://shop.example/\"",
        ["iconUrl"] = "\"https://shop.example/\"",
        ["metadataSchema"] = "{\"type\":\"object\"}",
        ["underpaymentTolerancePercent"] = "\"1\"",
        ["sessionId"] = $"\"{SessionOfTarget}\"",
    };

    /// <summary>The first that fits is taken.</summary>
    private static readonly string[] Texts =
    [
        "100", "USDC", "polygon", "Shop", "shop.example", "a@example.com", "#00000000", "2026-06-01T12:00:00.000Z",
    ];

    public static IReadOnlyList<BodyField> Of(DescribedOperation operation)
    {
        if (operation.BodySchema is not { } schema) return [];
        var required = (schema["required"]?.AsArray() ?? []).Select(name => name!.GetValue<string>()).ToHashSet();
        return
        [
            .. schema["properties"]!.AsObject().Select(property => new BodyField(
                property.Key, Value(operation, property.Key, property.Value!), required.Contains(property.Key))),
        ];
    }

    /// <param name="isWhole">True for every field, false for those that are required.</param>
    public static byte[] Written(DescribedOperation operation, bool isWhole = false) => Encoding.UTF8.GetBytes(
        $"{{{string.Join(',', Of(operation)
            .Where(field => isWhole || field.IsRequired)
            .Select(field => $"\"{field.Name}\":{field.GoodJson}"))}}}");

    private static string Value(DescribedOperation operation, string name, JsonNode described)
    {
        if (ByName.TryGetValue(name, out var known)) return known;
        var schema = operation.Resolve(described);
        if (schema["enum"] is JsonArray words) return words[0]!.ToJsonString();
        return TypeOf(schema) switch
        {
            "string" => JsonSerializer.Serialize(Texts.FirstOrDefault(text => Fits(text, schema)) ?? "x"),
            "integer" or "number" => schema["minimum"]?.ToJsonString() ?? "1",
            "boolean" => "false",
            "array" => $"[{Value(operation, "", schema["items"]!)}]",
            _ => "{}",
        };
    }

    private static string TypeOf(JsonObject schema) => schema["type"] is JsonArray types
        ? types.Select(type => type!.GetValue<string>()).First(type => type != "null")
        : schema["type"]?.GetValue<string>() ?? "object";

    private static bool Fits(string text, JsonObject schema) =>
        text.Length >= (schema["minLength"]?.GetValue<int>() ?? 0)
        && text.Length <= (schema["maxLength"]?.GetValue<int>() ?? int.MaxValue)
        && (schema["pattern"] is not { } pattern || Regex.IsMatch(text, pattern.GetValue<string>()))
        && schema["format"]?.GetValue<string>() switch
        {
            "email" => text.Contains('@', StringComparison.Ordinal),
            "date-time" => text.EndsWith('Z'),
            _ => true,
        };
}
