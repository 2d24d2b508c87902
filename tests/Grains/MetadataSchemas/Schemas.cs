using System.Text.Json;
using Bleepay.Grains.MetadataSchemas;

namespace Bleepay.Tests.Grains.MetadataSchemas;

/// <summary>Schemas and values written as JSON text, and what comes of them.</summary>
internal static class Schemas
{
    public static MetadataSchema Compile(string schema)
    {
        Assert.True(MetadataSchema.TryCompile(Parse(schema), out var compiled, out var problem), problem);
        return compiled;
    }

    public static string Refusal(string schema)
    {
        Assert.False(MetadataSchema.TryCompile(Parse(schema), out var compiled, out var problem), schema);
        Assert.Null(compiled);
        return problem;
    }

    public static IReadOnlyList<SchemaViolation> Violations(string schema, string instance) =>
        Compile(schema).Validate(Parse(instance));

    public static bool Accepts(string schema, string instance) => Violations(schema, instance).Count == 0;

    /// <summary>
    /// Nested as deeply as a test needs, and cloned, so that no document has to be kept alive.
    /// </summary>
    public static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 1_000 });
        return document.RootElement.Clone();
    }
}
