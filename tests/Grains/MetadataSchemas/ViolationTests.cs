using Bleepay.Grains.MetadataSchemas;

namespace Bleepay.Tests.Grains.MetadataSchemas;

public sealed class ViolationTests
{
    [Theory]
    [InlineData("""{"type":"string"}""", "1", "", "must be a string")]
    [InlineData("""{"type":["integer","null"]}""", "\"a\"", "", "must be an integer or null")]
    [InlineData("""{"enum":["a",1]}""", "2", "", "must be one of: \"a\", 1")]
    [InlineData("""{"const":{"a":[true]}}""", "2", "", "must be {\"a\":[true]}")]
    [InlineData("""{"minLength":1}""", "\"\"", "", "must be at least 1 character long")]
    [InlineData("""{"maxLength":2}""", "\"abc\"", "", "must be at most 2 characters long")]
    [InlineData("""{"pattern":"^a$"}""", "\"b\"", "", "must match the pattern ^a$")]
    [InlineData("""{"minimum":1.50}""", "1", "", "must be at least 1.50")]
    [InlineData("""{"exclusiveMaximum":1e3}""", "1000", "", "must be less than 1e3")]
    [InlineData("""{"multipleOf":5}""", "1", "", "must be a multiple of 5")]
    [InlineData("""{"minItems":2}""", "[]", "", "must have at least 2 items")]
    [InlineData("""{"uniqueItems":true}""", "[1,2,1]", "", "must not have equal items, as [0] and [2] are")]
    [InlineData("""{"contains":false}""", "[]", "", "must have at least 1 item matching 'contains'")]
    [InlineData("""{"maxProperties":1}""", """{"a":1,"b":1}""", "", "must have at most 1 property")]
    [InlineData("""{"required":["a"]}""", "{}", "a", "is required")]
    [InlineData(
        """{"dependentRequired":{"a":["b"]}}""",
        """{"a":1}""",
        "b",
        "is required when \"a\" is present")]
    [InlineData("""{"additionalProperties":false}""", """{"a":1}""", "a", "is not allowed")]
    [InlineData(
        """{"propertyNames":{"maxLength":1}}""",
        """{"ab":1}""",
        "ab",
        "has a name that must be at most 1 character long")]
    [InlineData(
        """{"oneOf":[true,true]}""",
        "1",
        "",
        "must match exactly one of the schemas in 'oneOf', not 2")]
    public void A_violation_has_a_path_and_a_message(
        string schema,
        string instance,
        string path,
        string message) =>
        Assert.Equal(new SchemaViolation(path, message), Assert.Single(Schemas.Violations(schema, instance)));

    [Theory]
    [InlineData("""{"orderId":1}""", "orderId")]
    [InlineData("""{"items":["a","a",{"sku":1}]}""", "items[2].sku")]
    [InlineData("""{"a":{"b":[[1]]}}""", "a.b[0][0]")]
    [InlineData("[[1]]", "[0][0]")]
    [InlineData("""{"a":{"b.c":1}}""", """a["b.c"]""")]
    [InlineData("""{"":1}""", """[""]""")]
    [InlineData("""{"a \"é":1}""", """["a \"é"]""")]
    public void A_path_is_dotted_and_unambiguous(string instance, string path)
    {
        const string NoNumbers = """
            {"not":{"type":"number"},"items":{"$ref":"#"},"additionalProperties":{"$ref":"#"}}
            """;

        Assert.Equal(path, Assert.Single(Schemas.Violations(NoNumbers, instance)).Path);
    }

    [Fact]
    public void All_violations_are_reported_in_the_order_of_the_value()
    {
        var violations = Schemas.Violations(
            """{"required":["c"],"properties":{"a":{"type":"string","minimum":5},"b":{"maxLength":1}}}""",
            """{"b":"xx","a":1}""");

        Assert.Equal(["c", "b", "a", "a"], violations.Select(violation => violation.Path));
    }

    [Fact]
    public void A_violation_found_through_two_references_is_reported_once() =>
        Assert.Single(Schemas.Violations(
            """{"$defs":{"s":{"type":"string"}},"allOf":[{"$ref":"#/$defs/s"},{"$ref":"#/$defs/s"}]}""",
            "1"));

    [Fact]
    public void A_long_list_of_choices_is_summed_up()
    {
        var choices = string.Join(',', Enumerable.Range(1_000, 100));

        var violation = Assert.Single(Schemas.Violations($$"""{"enum":[{{choices}}]}""", "1"));

        Assert.Equal("must be one of the 100 values that the schema lists", violation.Message);
    }
}
