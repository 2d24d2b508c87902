using Bleepay.Grains.MetadataSchemas;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Grains.MetadataSchemas;

/// <summary>The official JSON-Schema-Test-Suite, draft 2020-12.</summary>
public sealed class JsonSchemaTestSuiteTests
{
    /// <summary>Keywords that a schema for metadata does not have, and references out of the schema.</summary>
    private static readonly HashSet<string> Unsupported =
    [
        "$anchor", "$dynamicAnchor", "$dynamicRef", "$id", "$ref", "$schema", "$vocabulary", "contentEncoding",
        "contentMediaType", "contentSchema", "dependencies", "definitions", "unevaluatedItems", "unevaluatedProperties",
    ];

    /// <summary>Every version of the suite has more cases of the keywords that are supported.</summary>
    private const int CompiledMin = 200;

    [FactThatNeeds(Tool.JsonSchemaTestSuite)]
    public void Every_case_gets_the_answers_of_the_suite_or_is_refused_for_a_keyword_that_is_not_supported()
    {
        var (compiled, refused) = (0, new HashSet<string>());

        Assert.Empty(JsonSchemaTestSuite.Cases().SelectMany(WrongAnswers));

        // Which keywords the suite uses depends on its version.
        Assert.InRange(compiled, CompiledMin, int.MaxValue);
        Assert.Contains("unevaluatedProperties", refused);

        IEnumerable<string> WrongAnswers(SuiteCase suiteCase)
        {
            if (!MetadataSchema.TryCompileAny(suiteCase.Schema, out var schema, out var problem))
            {
                var keyword = Unsupported.FirstOrDefault(
                    one => problem.StartsWith($"has the keyword '{one}'", StringComparison.Ordinal));
                if (keyword is null) return [$"{suiteCase.Name}: {problem}"];
                refused.Add(keyword);
                return [];
            }

            compiled++;
            return suiteCase.Tests
                .Where(test => schema.Validate(test.Instance).Count == 0 != test.IsValid)
                .Select(test => $"{suiteCase.Name}: {test.Description}");
        }
    }
}
