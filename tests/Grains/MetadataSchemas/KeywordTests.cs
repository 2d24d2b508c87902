
namespace Bleepay.Tests.Grains.MetadataSchemas;

/// <summary>Each keyword at its bound, on either side of it, and on a value that it is not about.</summary>
public sealed class KeywordTests
{
    [Theory]
    [InlineData("""{"type":"string"}""", "\"a\"", "1")]
    [InlineData("""{"type":"integer"}""", "1.0", "1.5")]
    [InlineData("""{"type":"number"}""", "1.5", "\"1\"")]
    [InlineData("""{"type":"boolean"}""", "false", "0")]
    [InlineData("""{"type":"null"}""", "null", "false")]
    [InlineData("""{"type":"array"}""", "[]", "{}")]
    [InlineData("""{"type":"object"}""", "{}", "[]")]
    [InlineData("""{"type":["string","null"]}""", "null", "1")]
    [InlineData("""{"enum":["a",1,null]}""", "1.0", "\"b\"")]
    [InlineData("""{"const":{"a":[1]}}""", """{"a":[1]}""", """{"a":[1,1]}""")]
    [InlineData("""{"minLength":2}""", "\"ab\"", "\"a\"")]
    [InlineData("""{"maxLength":2}""", "\"ab\"", "\"abc\"")]
    [InlineData("""{"pattern":"^a+$"}""", "\"aa\"", "\"ab\"")]
    [InlineData("""{"minimum":2}""", "2", "1.9")]
    [InlineData("""{"maximum":2}""", "2", "2.1")]
    [InlineData("""{"exclusiveMinimum":2}""", "2.1", "2")]
    [InlineData("""{"exclusiveMaximum":2}""", "1.9", "2")]
    [InlineData("""{"multipleOf":0.01}""", "19.99", "19.999")]
    [InlineData("""{"minItems":1}""", "[1]", "[]")]
    [InlineData("""{"maxItems":1}""", "[1]", "[1,2]")]
    [InlineData("""{"uniqueItems":true}""", "[1,2]", "[1,1.0]")]
    [InlineData("""{"items":{"type":"string"}}""", """["a"]""", """["a",1]""")]
    [InlineData("""{"items":false}""", "[]", "[1]")]
    [InlineData("""{"prefixItems":[{"type":"string"}],"items":false}""", """["a"]""", """["a",1]""")]
    [InlineData("""{"contains":{"const":1}}""", "[2,1]", "[2]")]
    [InlineData("""{"contains":{"const":1},"minContains":2}""", "[1,1]", "[1]")]
    [InlineData("""{"contains":{"const":1},"maxContains":1}""", "[1,2]", "[1,1]")]
    [InlineData("""{"minProperties":1}""", """{"a":1}""", "{}")]
    [InlineData("""{"maxProperties":1}""", """{"a":1}""", """{"a":1,"b":2}""")]
    [InlineData("""{"required":["a"]}""", """{"a":null}""", """{"b":1}""")]
    [InlineData("""{"properties":{"a":{"type":"string"}}}""", """{"a":"x","b":1}""", """{"a":1}""")]
    [InlineData("""{"properties":{"a":true},"additionalProperties":false}""", """{"a":1}""", """{"b":1}""")]
    [InlineData("""{"additionalProperties":{"type":"string"}}""", """{"a":"x"}""", """{"a":1}""")]
    [InlineData("""{"patternProperties":{"^x":{"type":"null"}}}""", """{"xa":null,"a":1}""", """{"xa":1}""")]
    [InlineData("""{"propertyNames":{"maxLength":2}}""", """{"ab":1}""", """{"abc":1}""")]
    [InlineData("""{"dependentRequired":{"a":["b"]}}""", """{"a":1,"b":1}""", """{"a":1}""")]
    [InlineData("""{"dependentSchemas":{"a":{"maxProperties":1}}}""", """{"a":1}""", """{"a":1,"b":1}""")]
    [InlineData("""{"allOf":[{"minimum":1},{"maximum":2}]}""", "1", "3")]
    [InlineData("""{"anyOf":[{"const":1},{"const":2}]}""", "2", "3")]
    [InlineData("""{"oneOf":[{"minimum":1},{"maximum":2}]}""", "3", "2")]
    [InlineData("""{"not":{"type":"string"}}""", "1", "\"a\"")]
    [InlineData("""{"if":{"const":1},"then":true,"else":false}""", "1", "2")]
    [InlineData("""{"$defs":{"a":{"type":"string"}},"items":{"$ref":"#/$defs/a"}}""", """["a"]""", "[1]")]
    public void A_keyword_accepts_up_to_its_bound_and_refuses_beyond(
        string schema,
        string accepted,
        string refused)
    {
        Assert.True(Schemas.Accepts(schema, accepted));
        Assert.False(Schemas.Accepts(schema, refused));
    }

    [Theory]
    [InlineData("""{"minLength":2,"maxLength":1,"pattern":"a"}""", "1")]
    [InlineData("""{"minimum":2,"maximum":1,"multipleOf":7}""", "\"a\"")]
    [InlineData("""{"minItems":2,"items":false,"uniqueItems":true,"contains":false}""", "{\"a\":1}")]
    [InlineData("""{"required":["a"],"minProperties":2,"additionalProperties":false}""", "[1]")]
    [InlineData("""{"propertyNames":false,"dependentRequired":{"a":["b"]}}""", "[1]")]
    public void A_keyword_accepts_values_of_another_type(string schema, string instance) =>
        Assert.True(Schemas.Accepts(schema, instance));

    [Theory]
    [InlineData("""{"then":false,"else":false}""")]
    [InlineData("""{"minContains":5,"maxContains":0}""")]
    [InlineData("""{"format":"email","title":"t","description":"d","$comment":"c","default":7}""")]
    [InlineData("""{"$schema":"https://json-schema.org/draft/2020-12/schema"}""")]
    public void Annotations_and_keywords_without_their_partner_demand_nothing(string schema) =>
        Assert.True(Schemas.Accepts(schema, "[1]"));

    [Fact]
    public void No_item_need_match_when_minContains_is_zero() =>
        Assert.True(Schemas.Accepts("""{"contains":{"const":1},"minContains":0}""", "[]"));

    [Fact]
    public void An_empty_enum_accepts_nothing() => Assert.False(Schemas.Accepts("""{"enum":[]}""", "null"));

    [Theory]
    [InlineData("#/$defs/a~1b~0c")]
    [InlineData("#/$defs/a%2Fb%7Ec", false)]
    [InlineData("#/%24defs/a~1b~0c")]
    [InlineData("#/$defs/missing", false)]
    [InlineData("#/$defs", false)]
    public void A_reference_is_a_JSON_pointer_in_a_URI_fragment(string reference, bool isFound = true)
    {
        var schema = $$$"""{"$defs":{"a/b~c":{"const":1}},"items":{"$ref":"{{{reference}}}"}}""";
        if (isFound)
            Assert.False(Schemas.Accepts(schema, "[2]"));
        else
            Assert.Contains("'$ref' at '#/items'", Schemas.Refusal(schema), StringComparison.Ordinal);
    }

    [Fact]
    public void A_schema_may_refer_to_itself_through_a_member_or_an_item()
    {
        const string Tree = """
            {"required":["id"],"properties":{"children":{"type":"array","items":{"$ref":"#"}}}}
            """;

        var violations = Schemas.Violations(Tree, """{"id":1,"children":[{"id":2,"children":[{}]}]}""");

        Assert.Equal("children[0].children[0].id", Assert.Single(violations).Path);
    }
}
