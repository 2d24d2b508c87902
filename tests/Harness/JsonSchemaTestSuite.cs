using System.Text.Json;

namespace Bleepay.Tests.Harness;

/// <summary>
/// The required cases of the official JSON-Schema-Test-Suite for draft 2020-12, as a Debian package installs them or
/// from a checkout of https://github.com/json-schema-org/JSON-Schema-Test-Suite.
/// </summary>
internal static class JsonSchemaTestSuite
{
    private const string FolderVariable = "JSON_SCHEMA_TEST_SUITE";
    private const string Installed =
        "/usr/share/perl5/auto/share/dist/Test-JSON-Schema-Acceptance/tests/draft2020-12";

    private static string Folder => Environment.GetEnvironmentVariable(FolderVariable) ?? Installed;

    public static bool IsFound() => Directory.Exists(Folder);

    public static IEnumerable<SuiteCase> Cases()
    {
        foreach (var file in Directory.EnumerateFiles(Folder, "*.json").Order())
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            foreach (var element in document.RootElement.EnumerateArray())
                yield return new SuiteCase(
                    $"{Path.GetFileNameWithoutExtension(file)}: {element.GetProperty("description").GetString()}",
                    element.GetProperty("schema").Clone(),
                    [.. element.GetProperty("tests").EnumerateArray().Select(SuiteTest.Of)]);
        }
    }
}

/// <summary>A schema of the suite.</summary>
/// <param name="Name">The file and the suite's description.</param>
internal sealed record SuiteCase(string Name, JsonElement Schema, IReadOnlyList<SuiteTest> Tests);

/// <summary>An instance, and whether it is valid against the schema of its case.</summary>
internal sealed record SuiteTest(string? Description, JsonElement Instance, bool IsValid)
{
    public static SuiteTest Of(JsonElement test) => new(
        test.GetProperty("description").GetString(),
        test.GetProperty("data").Clone(),
        test.GetProperty("valid").GetBoolean());
}
