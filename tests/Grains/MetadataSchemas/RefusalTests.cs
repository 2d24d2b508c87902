
namespace Bleepay.Tests.Grains.MetadataSchemas;

public sealed class RefusalTests
{
    [Theory]
    [InlineData("true")]
    [InlineData("[]")]
    [InlineData("\"string\"")]
    public void A_schema_must_be_an_object(string schema) =>
        Assert.StartsWith("must be a JSON object", Schemas.Refusal(schema), StringComparison.Ordinal);

    [Theory]
    [InlineData("$id")]
    [InlineData("$anchor")]
    [InlineData("$dynamicRef")]
    [InlineData("$dynamicAnchor")]
    [InlineData("$vocabulary")]
    [InlineData("unevaluatedProperties")]
    [InlineData("unevaluatedItems")]
    [InlineData("definitions")]
    [InlineData("dependencies")]
    [InlineData("additionalItems")]
    [InlineData("contentEncoding")]
    [InlineData("examples")]
    [InlineData("deprecated")]
    [InlineData("readOnly")]
    [InlineData("writeOnly")]
    [InlineData("Type")]
    public void An_unknown_keyword_is_refused_by_name_and_the_known_ones_are_listed(string keyword)
    {
        var problem = Schemas.Refusal($$$$"""{"properties":{"a/b":{"{{{{keyword}}}}":true}}}""");

        Assert.StartsWith(
            $"has the keyword '{keyword}' at '#/properties/a~1b', which is not supported; supported: type, ",
            problem,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("type", "\"strin\"")]
    [InlineData("type", "[]")]
    [InlineData("type", """["string","string"]""")]
    [InlineData("type", "1")]
    [InlineData("enum", "1")]
    [InlineData("minLength", "-1")]
    [InlineData("maxLength", "1.5")]
    [InlineData("minItems", "\"1\"")]
    [InlineData("maxItems", "null")]
    [InlineData("minProperties", "true")]
    [InlineData("maxProperties", "-1")]
    [InlineData("minContains", "-1")]
    [InlineData("maxContains", "-1")]
    [InlineData("minimum", "\"1\"")]
    [InlineData("maximum", "null")]
    [InlineData("exclusiveMinimum", "true")]
    [InlineData("exclusiveMaximum", "[]")]
    [InlineData("multipleOf", "0")]
    [InlineData("multipleOf", "-1")]
    [InlineData("pattern", "\"(\"")]
    [InlineData("pattern", "1")]
    [InlineData("uniqueItems", "1")]
    [InlineData("items", "[{}]")]
    [InlineData("prefixItems", "[]")]
    [InlineData("prefixItems", "[1]")]
    [InlineData("contains", "1")]
    [InlineData("properties", "[]")]
    [InlineData("properties", """{"a":1}""")]
    [InlineData("required", "\"a\"")]
    [InlineData("required", "[1]")]
    [InlineData("required", """["a","a"]""")]
    [InlineData("additionalProperties", "1")]
    [InlineData("patternProperties", """{"[":{}}""")]
    [InlineData("propertyNames", "null")]
    [InlineData("dependentRequired", """{"a":"b"}""")]
    [InlineData("dependentRequired", """{"a":["b","b"]}""")]
    [InlineData("dependentSchemas", """{"a":[]}""")]
    [InlineData("allOf", "[]")]
    [InlineData("anyOf", "{}")]
    [InlineData("oneOf", "[1]")]
    [InlineData("not", "[]")]
    [InlineData("if", "1")]
    [InlineData("then", "1")]
    [InlineData("else", "1")]
    [InlineData("$defs", """{"a":1}""")]
    [InlineData("$ref", "1")]
    [InlineData("$ref", "\"other.json\"")]
    [InlineData("$ref", "\"https://example.com/#/$defs/a\"")]
    [InlineData("$ref", "\"#anchor\"")]
    [InlineData("$ref", "\"#/$defs/missing\"")]
    [InlineData("$schema", "\"http://json-schema.org/draft-07/schema#\"")]
    [InlineData("$schema", "1")]
    [InlineData("format", "1")]
    [InlineData("title", "1")]
    [InlineData("description", "1")]
    [InlineData("$comment", "1")]
    public void A_wrong_value_of_a_keyword_is_refused_with_its_name_and_place(string keyword, string value)
    {
        Assert.Contains(
            $"keyword '{keyword}', which ",
            Schemas.Refusal($$"""{"{{keyword}}":{{value}}}"""),
            StringComparison.Ordinal);
        Assert.Contains(
            $"keyword '{keyword}' at '#/allOf/1', which ",
            Schemas.Refusal($$$"""{"allOf":[true,{"{{{keyword}}}":{{{value}}}}]}"""),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_dialect_may_be_named_only_at_the_top() =>
        Assert.Contains(
            "'$schema' at '#/items'",
            Schemas.Refusal("""{"items":{"$schema":"https://json-schema.org/draft/2020-12/schema"}}"""),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"$ref":"#"}""")]
    [InlineData("""{"not":{"$ref":"#"}}""")]
    [InlineData("""{"dependentSchemas":{"a":{"$ref":"#"}}}""")]
    [InlineData("""{"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/b"}]},"b":{"allOf":[{"$ref":"#/$defs/a"}]}}}""")]
    public void A_reference_that_would_never_end_is_refused(string schema)
    {
        var problem = Schemas.Refusal(schema);

        Assert.Contains("'$ref'", problem, StringComparison.Ordinal);
        Assert.Contains("circle", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_a_surrogate_pair_in_a_schema_is_refused() =>
        Assert.Equal(
            "cannot be read at 'const', which must not hold half of a surrogate pair",
            Schemas.Refusal("""{"const":"\ud800"}"""));

    [Fact]
    public void An_endless_name_is_not_repeated_in_full() =>
        Assert.True(Schemas.Refusal($$"""{"{{new string('x', 2_000)}}":1}""").Length < 1_000);
}
