using System.Text.Json.Nodes;

namespace Bleepay.Tests.Harness;

/// <summary>A body with one thing changed.</summary>
internal static class Bodies
{
    public static JsonObject With(this JsonObject body, string field, JsonNode? value)
    {
        body[field] = value;
        return body;
    }

    /// <param name="json">The value as JSON text; its numbers go out as written.</param>
    public static JsonObject WithJson(this JsonObject body, string field, string json) =>
        body.With(field, JsonNode.Parse(json));

    public static JsonObject Without(this JsonObject body, string field)
    {
        body.Remove(field);
        return body;
    }
}
