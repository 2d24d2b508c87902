using System.Diagnostics;
using Bleepay.Grains.MetadataSchemas;
using Bleepay.Grains.MetadataSchemas.Patterns;

namespace Bleepay.Tests.Grains.MetadataSchemas;

/// <summary>What patterns may cost, judged by steps and allocated bytes, which do not depend on the machine.</summary>
public sealed class PatternLimitTests
{
    private const int TextLength = 2_048;
    private const int AllocatedBytesMax = 2 * 1024 * 1024;
    private const int StepsMax = TextLength * (1 + EcmaPattern.PositionsMax);

    /// <summary>A deterministic automaton for it has 2^31 states; a backtracking matcher never ends.</summary>
    private const string Worst = "([ab]*a[ab]{30}){4}$";

    private static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(Worst, "ab")]
    [InlineData("(.*a.{28}|.*b.{28}|.*c.{28}|.*d.{28})$", "abcd")]
    [InlineData("(?:\\\\w*a){64}$", "a")]
    [InlineData("(?:(?:\\\\w*a){8}){8}$", "ab")]
    [InlineData("a.{127}$", "ab")]
    [InlineData("(?:a?b?){64}$", "ab")]
    [InlineData("(?:\\\\p{L}*\\\\p{Lu}+)+1", "aA\u00e9\u00c9")]
    public void The_worst_of_patterns_take_linear_time_and_no_memory(string pattern, string letters)
    {
        var schema = Schemas.Compile($$"""{"pattern":"{{pattern}}"}""");
        var text = Schemas.Parse($"\"{RandomText(letters)}\"");
        var budget = new PatternBudget(MetadataSchema.PatternStepsMax);
        var watch = Stopwatch.StartNew();
        var before = GC.GetAllocatedBytesForCurrentThread();

        schema.Validate(text, budget);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllocatedBytesMax);
        Assert.InRange(budget.Steps, 0, StepsMax);
        Assert.True(watch.Elapsed < TimeMax, $"{watch.Elapsed}");
    }

    [Fact]
    public async Task Sixty_four_validations_at_once_cost_as_much_each_as_one()
    {
        var schema = Schemas.Compile($$"""{"pattern":"{{Worst}}"}""");
        var text = Schemas.Parse($"\"{RandomText("ab")}\"");
        var alone = Cost();

        var together = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(Cost)));

        Assert.All(together, cost =>
        {
            Assert.Equal(alone.Steps, cost.Steps);
            Assert.Equal(alone.Violations, cost.Violations);
            Assert.InRange(cost.Bytes, 0, AllocatedBytesMax);
        });

        (int Steps, int Violations, long Bytes) Cost()
        {
            var budget = new PatternBudget(MetadataSchema.PatternStepsMax);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var violations = schema.Validate(text, budget).Count;
            return (budget.Steps, violations, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    [Fact]
    public void Four_of_the_largest_patterns_stay_within_the_budget()
    {
        var schema = AllOf($$"""{"pattern":"{{Worst}}"}""", 4);

        Assert.Empty(Schemas.Violations(schema, $"\"{new string('a', TextLength)}\""));
    }

    [Theory]
    [InlineData("""{"pattern":"(?:b*){99}a"}""")]
    [InlineData("""{"not":{"pattern":"(?:b*){99}a"}}""")]
    [InlineData("""{"anyOf":[{"pattern":"(?:b*){99}a"},{"type":"string"}]}""")]
    [InlineData("""{"if":{"pattern":"(?:b*){99}a"},"then":false}""")]
    public void A_validation_over_the_budget_is_one_violation_whatever_the_schema(string schema)
    {
        // Each character is a step, and enters 99 positions.
        const int FittingLength = MetadataSchema.PatternStepsMax / 100;
        var fitting = Schemas.Violations(schema, $"\"{new string('b', FittingLength)}\"");
        var larger = Schemas.Violations(schema, $"\"{new string('b', FittingLength + 1)}\"");

        Assert.DoesNotContain(fitting, IsOverBudget);
        Assert.True(IsOverBudget(Assert.Single(larger)));
    }

    [Fact]
    public void References_to_overlapping_schemas_are_stopped_by_the_budget()
    {
        const int Levels = 15;
        var pointer = $"#{string.Concat(Enumerable.Repeat("/allOf/1", Levels))}";
        var schema = AllOf($$"""{"pattern":"{{Worst}}"}""", 4);
        for (var level = Levels; level > 0; level--)
            schema = $$"""{"allOf":[{"$ref":"{{pointer[..(1 + (level * "/allOf/1".Length))]}}"},{{schema}}]}""";
        Assert.InRange(schema.Length, 1_024, 2_048);
        var budget = new PatternBudget(MetadataSchema.PatternStepsMax);

        var violations = Schemas.Compile(schema).Validate(Schemas.Parse($"\"{new string('a', 2_000)}\""), budget);

        Assert.True(IsOverBudget(Assert.Single(violations)));
        const int LastStepsMax = 1 + EcmaPattern.PositionsMax;
        Assert.InRange(
            budget.Steps, MetadataSchema.PatternStepsMax, MetadataSchema.PatternStepsMax + LastStepsMax);
    }

    [Fact]
    public void A_reference_under_propertyNames_is_evaluated_once_for_each_name()
    {
        var once = StepsOf(1);

        Assert.Equal(once, StepsOf(40));

        static int StepsOf(int count)
        {
            var schema = AllOf("""{"propertyNames":{"$ref":"#/$defs/n"}}""", count)[..^1]
                + $$$""","$defs":{"n":{"pattern":"{{{Worst}}}"} } }""";
            var budget = new PatternBudget(MetadataSchema.PatternStepsMax);
            Assert.Empty(Schemas.Compile(schema).Validate(
                Schemas.Parse($$"""{"{{new string('a', 1_000)}}":1}"""), budget));
            return budget.Steps;
        }
    }

    [Theory]
    [InlineData("\\\\P{L}")]
    [InlineData("[\\\\p{L}\\\\P{N}]")]
    [InlineData("[^\\\\p{Lu}a]")]
    [InlineData("(?:^^^^^^^^^^){5}")]
    public void Compiling_costs_little_whatever_the_schema(string part)
    {
        const int SchemaLength = 2_048;
        const int BytesMax = 16 * 1024 * 1024;
        var pattern = string.Concat(Enumerable.Repeat(part, EcmaPattern.LengthMax / (part.Length + 4)));
        var schema = AllOf($$"""{"pattern":"{{pattern}}"}""", SchemaLength / (pattern.Length + 15));
        var element = Schemas.Parse(schema);
        // The first compilation reads the table of categories, once for the process.
        Assert.True(MetadataSchema.TryCompile(element, out _, out var problem), problem);
        var watch = Stopwatch.StartNew();
        var before = GC.GetAllocatedBytesForCurrentThread();

        MetadataSchema.TryCompile(element, out _, out _);

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(allocated, 0, BytesMax);
        Assert.True(watch.Elapsed < TimeMax, $"{watch.Elapsed}");
    }

    private static bool IsOverBudget(SchemaViolation violation) =>
        violation.Path.Length == 0
        && violation.Message.StartsWith("takes too long to match against the patterns", StringComparison.Ordinal);

    private static string AllOf(string schema, int count) =>
        $$"""{"allOf":[{{string.Join(',', Enumerable.Repeat(schema, count))}}]}""";

    /// <summary>The same text in every run.</summary>
    private static string RandomText(string letters)
    {
        const int Seed = 20_26;
        var random = new Random(Seed);
        return new string(random.GetItems(letters.AsSpan(), TextLength));
    }
}
