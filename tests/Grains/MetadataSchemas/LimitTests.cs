using System.Diagnostics;
using Bleepay.Grains.MetadataSchemas;
using Bleepay.Grains.MetadataSchemas.Patterns;

namespace Bleepay.Tests.Grains.MetadataSchemas;

public sealed class LimitTests
{
    private const string Leaf = """{"type":"string"}""";

    [Fact]
    public void Schemas_nest_as_deeply_as_the_limit_and_no_deeper()
    {
        Schemas.Compile(Nested(MetadataSchema.DepthMax));
        var problem = Schemas.Refusal(Nested(MetadataSchema.DepthMax + 1));

        Assert.Contains("'not'", problem, StringComparison.Ordinal);
        Assert.Contains($"more than {MetadataSchema.DepthMax} deep", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_schema_consists_of_as_many_schemas_as_the_limit_and_no_more()
    {
        static string Listing(int count) => AllOf("{}", count);

        Schemas.Compile(Listing(MetadataSchema.SubschemasMax - 1));
        var problem = Schemas.Refusal(Listing(MetadataSchema.SubschemasMax));

        Assert.Contains("'allOf'", problem, StringComparison.Ordinal);
        Assert.Contains($"{MetadataSchema.SubschemasMax} schemas", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Patterns_are_together_as_large_as_the_limit_and_no_larger()
    {
        static string Listing(int count) => AllOf("""{"pattern":"a{128}"}""", count);

        const int Fitting = MetadataSchema.PatternPositionsMax / EcmaPattern.PositionsMax;
        Schemas.Compile(Listing(Fitting));
        var problem = Schemas.Refusal(Listing(Fitting + 1));

        Assert.Contains("'pattern' at '#/allOf/4'", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_chain_of_references_is_as_long_as_the_limit_and_no_longer()
    {
        // The root begins the chain, and each link adds one schema.
        Schemas.Compile(Chain(MetadataSchema.DepthMax - 1));
        var problem = Schemas.Refusal(Chain(MetadataSchema.DepthMax));

        Assert.Contains("'$ref'", problem, StringComparison.Ordinal);
        Assert.Contains("chain", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_is_nested_as_deeply_as_the_limit_and_no_deeper()
    {
        static string Arrays(int depth) => new string('[', depth) + new string(']', depth);

        const int Limit = MetadataSchema.InstanceDepthMax;
        Assert.Empty(Schemas.Violations("{}", Arrays(Limit)));
        var violation = Assert.Single(Schemas.Violations("{}", Arrays(Limit + 1)));

        Assert.Equal($"must not be nested more than {Limit} deep", violation.Message);
    }

    [Theory]
    [InlineData(MetadataSchema.ViolationsMax - 1, MetadataSchema.ViolationsMax - 1)]
    [InlineData(MetadataSchema.ViolationsMax, MetadataSchema.ViolationsMax)]
    [InlineData(MetadataSchema.ViolationsMax + 1, MetadataSchema.ViolationsMax)]
    public void Violations_are_reported_up_to_the_limit(int wrong, int reported)
    {
        var numbers = $"[{string.Join(',', Enumerable.Repeat(1, wrong))}]";

        Assert.Equal(reported, Schemas.Violations("""{"items":{"type":"string"}}""", numbers).Count);
    }

    [Fact]
    public void References_that_multiply_at_every_link_are_evaluated_once_each()
    {
        var schema = Multiplying(links: 14);
        var watch = Stopwatch.StartNew();

        Assert.False(Schemas.Accepts(schema, "1"));
        Assert.True(Schemas.Accepts(schema, "\"a\""));

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"{watch.Elapsed}");
    }

    [Fact]
    public void References_that_multiply_at_every_level_of_the_value_are_evaluated_once_each()
    {
        const string Schema = """
            {"type":"array","allOf":[{"items":{"$ref":"#"}},{"items":{"$ref":"#"}},{"items":{"$ref":"#"}}]}
            """;
        const int Depth = MetadataSchema.InstanceDepthMax - 1;
        var watch = Stopwatch.StartNew();

        Assert.Single(Schemas.Violations(Schema, $"{new string('[', Depth)}1{new string(']', Depth)}"));

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"{watch.Elapsed}");
    }

    [Fact]
    public void The_deepest_evaluation_fits_a_small_stack()
    {
        const int StackSize = 1024 * 1024;
        const int Depth = MetadataSchema.InstanceDepthMax;
        // The last link goes back to the root from three deep, which counts towards the length of the chain.
        const int Links = MetadataSchema.DepthMax - 4;
        var schema = Schemas.Compile(Chain(Links, """{"items":{"$ref":"#"}}"""));
        var instance = Schemas.Parse(new string('[', Depth) + new string(']', Depth));
        IReadOnlyList<SchemaViolation>? violations = null;

        var thread = new Thread(() => violations = schema.Validate(instance), StackSize);
        thread.Start();
        thread.Join();

        Assert.NotNull(violations);
        Assert.Empty(violations);
    }

    private static string Nested(int depth) =>
        depth == 1 ? Leaf : $$"""{"not":{{Nested(depth - 1)}}}""";

    private static string Chain(int links, string last = Leaf) =>
        Definitions(links, last, pointer => $$"""{"$ref":"{{pointer}}"}""");

    private static string Multiplying(int links) =>
        Definitions(
            links,
            Leaf,
            pointer => AllOf($$"""{"$ref":"{{pointer}}"}""", count: 8));

    private static string AllOf(string schema, int count) =>
        $$"""{"allOf":[{{string.Join(',', Enumerable.Repeat(schema, count))}}]}""";

    /// <summary>Definitions each of which refers to the next; the root refers to the first.</summary>
    private static string Definitions(int links, string last, Func<string, string> refer)
    {
        var definitions = Enumerable.Range(0, links)
            .Select(link => $"\"{link}\":{(link + 1 == links ? last : refer($"#/$defs/{link + 1}"))}");
        return $$$"""{"$ref":"#/$defs/0","$defs":{ {{{string.Join(',', definitions)}}} }}""";
    }
}
