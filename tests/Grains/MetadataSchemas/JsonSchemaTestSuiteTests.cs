using System.Text.Json;
using Bleepay.Grains.MetadataSchemas;

namespace Bleepay.Tests.Grains.MetadataSchemas;

/// <summary>
/// The official JSON-Schema-Test-Suite, draft 2020-12, read from the directory that the environment variable
/// JSON_SCHEMA_TEST_SUITE names, or from beside the repository. Where it is absent there is nothing to test.
/// </summary>
public sealed class JsonSchemaTestSuiteTests
{
    private const string DirectoryVariable = "JSON_SCHEMA_TEST_SUITE";

    /// <summary>Each case of the suite that is refused, and the keyword that is why.</summary>
    private static readonly Dictionary<string, string> Refused = new()
    {
        ["not: collect annotations inside a 'not', even if collection is disabled"] = "unevaluatedProperties",
    };

    [Fact]
    public void Every_case_that_is_not_refused_gets_the_answers_of_the_suite()
    {
        var wrong = Cases()
            .Where(suiteCase => !Refused.ContainsKey(suiteCase.Name))
            .SelectMany(WrongAnswers)
            .ToList();

        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_refused_case_uses_a_keyword_that_is_not_supported_and_the_refusal_names_it()
    {
        foreach (var suiteCase in Cases().Where(suiteCase => Refused.ContainsKey(suiteCase.Name)))
        {
            var keyword = Refused[suiteCase.Name];

            Assert.False(MetadataSchema.TryCompile(suiteCase.Schema, out _, out var problem));
            Assert.Contains($"'{keyword}'", problem, StringComparison.Ordinal);
            Assert.Contains($"\"{keyword}\"", suiteCase.Schema.GetRawText(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_case_listed_as_refused_is_in_the_suite()
    {
        var names = Cases().Select(suiteCase => suiteCase.Name).ToHashSet();
        if (names.Count > 0)
            Assert.Subset(names, Refused.Keys.ToHashSet());
    }

    private static IEnumerable<string> WrongAnswers(SuiteCase suiteCase)
    {
        if (!MetadataSchema.TryCompileAny(suiteCase.Schema, out var schema, out var problem))
            return [$"{suiteCase.Name}: {problem}"];

        return suiteCase.Tests
            .Where(test => IsAccepted(test) != test.GetProperty("valid").GetBoolean())
            .Select(test => $"{suiteCase.Name}: {test.GetProperty("description").GetString()}");

        bool IsAccepted(JsonElement test) => schema.Validate(test.GetProperty("data")).Count == 0;
    }

    internal static IEnumerable<SuiteCase> Cases()
    {
        if (SuiteDirectory() is not { } directory)
            yield break;

        foreach (var file in Directory.EnumerateFiles(directory, "*.json"))
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            foreach (var element in document.RootElement.EnumerateArray())
            {
                var description = element.GetProperty("description").GetString();
                yield return new SuiteCase(
                    $"{Path.GetFileNameWithoutExtension(file)}: {description}",
                    element.GetProperty("schema").Clone(),
                    [.. element.GetProperty("tests").EnumerateArray().Select(test => test.Clone())]);
            }
        }
    }

    private static string? SuiteDirectory()
    {
        if (Environment.GetEnvironmentVariable(DirectoryVariable) is { } named)
            return Directory.Exists(named) ? named : null;

        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "Bleepay.sln")))
            root = root.Parent;
        if (root?.Parent is not { } parent)
            return null;

        var beside = Path.Combine(parent.FullName, "shared", "json-schema-test-suite");
        return Directory.Exists(beside) ? beside : null;
    }

    internal sealed record SuiteCase(string Name, JsonElement Schema, IReadOnlyList<JsonElement> Tests);
}
