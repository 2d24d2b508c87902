using System.Text.Json;
using System.Text.RegularExpressions;
using Bleepay.Grains.MetadataSchemas;
using Bleepay.Tests.Harness;
using CsCheck;
using Json.Schema;

namespace Bleepay.Tests.Grains.MetadataSchemas;

/// <summary>
/// JsonSchema.Net, an independent implementation, gets the same result for every schema and instance. The
/// differences that are known are left out of what is generated:
/// <list type="bullet">
/// <item>its lengths count graphemes, JSON Schema's code points: strings here have no combining characters;</item>
/// <item>its patterns are .NET's, where <c>\d</c>, <c>\w</c> and <c>$</c> differ from ECMA-262 and a character
/// outside the basic plane is two: patterns here are about ASCII;</item>
/// <item>its numbers are decimals of 29 digits: numbers here are short;</item>
/// <item>it recurses without end through references that are a circle: what is refused here is not given to
/// it.</item>
/// </list>
/// </summary>
public sealed class JsonSchemaNetTests
{
    private const int InstancesPerSchema = 16;

    private static readonly int Cases =
        int.TryParse(Environment.GetEnvironmentVariable("SCHEMA_CASES"), out var given) ? given : 300;

    private static readonly EvaluationOptions Options = new() { OutputFormat = OutputFormat.Flag };

    private const string ShortCategoriesOnly = "a pattern of .NET supports \\p{L} and not \\p{Letter}";

    /// <summary>The cases of the official suite that it fails, and why; older versions lack them.</summary>
    private static readonly Dictionary<string, string> Differences = new()
    {
        ["pattern: pattern with Unicode property escape requires unicode mode"] = ShortCategoriesOnly,
        ["patternProperties: patternProperties with Unicode property escape"] = ShortCategoriesOnly,
    };

    [Fact]
    public void A_random_schema_has_the_same_result_for_a_random_instance()
    {
        var (compiled, valid) = (0, 0);
        Gen.Select(RandomSchemas.Roots, RandomSchemas.Values.Array[InstancesPerSchema]).Sample(
            (schema, instances) =>
            {
                if (!MetadataSchema.TryCompile(Schemas.Parse(schema), out var ours, out var problem))
                {
                    Assert.Contains("circle", problem, StringComparison.Ordinal);
                    return;
                }

                Interlocked.Increment(ref compiled);
                var theirs = Build(Schemas.Parse(schema));
                foreach (var instance in instances.Select(Schemas.Parse))
                {
                    var isValid = ours.Validate(instance).Count == 0;
                    Assert.Equal(theirs.Evaluate(instance, Options).IsValid, isValid);
                    if (isValid) Interlocked.Increment(ref valid);
                }
            },
            iter: Cases);

        // The cases have a meaning only when most schemas compile and both results are common.
        Assert.InRange(compiled, Cases / 2, Cases);
        Assert.InRange(valid, compiled * InstancesPerSchema / 10, compiled * InstancesPerSchema * 9 / 10);
    }

    [FactThatNeeds(Tool.JsonSchemaTestSuite)]
    public void Every_case_of_the_official_suite_has_the_same_result()
    {
        var different = JsonSchemaTestSuite.Cases().Where(suiteCase =>
            MetadataSchema.TryCompileAny(suiteCase.Schema, out var ours, out _)
            && suiteCase.Tests.Any(test =>
                ours.Validate(test.Instance).Count == 0 != IsValid(suiteCase.Schema, test.Instance)));

        Assert.Subset(Differences.Keys.ToHashSet(), different.Select(suiteCase => suiteCase.Name).ToHashSet());
    }

    /// <summary>Null when it can't compile a pattern.</summary>
    private static bool? IsValid(JsonElement schema, JsonElement instance)
    {
        try
        {
            return Build(schema).Evaluate(instance, Options).IsValid;
        }
        catch (RegexParseException)
        {
            return null;
        }
    }

    /// <summary>With a separate registry, since the shared one refuses a second schema of the same id.</summary>
    private static JsonSchema Build(JsonElement schema) =>
        JsonSchema.Build(schema, new BuildOptions { SchemaRegistry = new SchemaRegistry() });
}
