using Bleepay.Grains.MetadataSchemas;
using Bleepay.Grains.MetadataSchemas.Values;

namespace Bleepay.Tests.Grains.MetadataSchemas;

public sealed class ExactnessTests
{
    [Theory]
    [InlineData("1", "1.0")]
    [InlineData("1e2", "100")]
    [InlineData("0.1", "1E-1")]
    [InlineData("-0.0", "0e999999999999999999999")]
    [InlineData("1e100000", "10e99999")]
    [InlineData("12345678901234567890123456789012", "1.2345678901234567890123456789012e31")]
    public void A_number_is_compared_by_value_not_by_spelling(string one, string other)
    {
        Assert.True(Schemas.Accepts($$"""{"const":{{one}}}""", other));
        Assert.True(Schemas.Accepts($$"""{"enum":[{{other}}]}""", one));
        Assert.False(Schemas.Accepts("""{"uniqueItems":true}""", $"[{one},{other}]"));
    }

    [Theory]
    [InlineData("-1e100000", "-1")]
    [InlineData("-1", "-1e-100000")]
    [InlineData("-1e-100000", "0")]
    [InlineData("0", "1e-100000")]
    [InlineData("1e-100000", "0.1")]
    [InlineData("9", "10")]
    [InlineData("0.1", "0.10000000000000000000000000000001")]
    [InlineData("12345678901234567890123456789011", "12345678901234567890123456789012")]
    [InlineData("9.9e99999", "1e100000")]
    [InlineData("1e99999999999999999999999999", "1e100000000000000000000000000")]
    public void Numbers_are_ordered_exactly_whatever_their_size(string smaller, string larger)
    {
        Assert.True(Schemas.Accepts($$"""{"exclusiveMinimum":{{smaller}}}""", larger));
        Assert.False(Schemas.Accepts($$"""{"minimum":{{larger}}}""", smaller));
        Assert.False(Schemas.Accepts($$"""{"const":{{larger}}}""", smaller));
    }

    [Theory]
    [InlineData("1.0", true)]
    [InlineData("1e100000", true)]
    [InlineData("1.5e1", true)]
    [InlineData("0e-5", true)]
    [InlineData("1.5", false)]
    [InlineData("1e-100000", false)]
    public void An_integer_is_a_number_without_a_fractional_part(string number, bool isInteger) =>
        Assert.Equal(isInteger, Schemas.Accepts("""{"type":"integer"}""", number));

    [Theory]
    [InlineData("0.01", "0.07", true)]
    [InlineData("0.01", "0.075", false)]
    [InlineData("0.00000001", "12391239123", true)]
    [InlineData("0.123456789", "1e308", false)]
    [InlineData("3", "1e100000", false)]
    [InlineData("1024", "1e100000", true)]
    [InlineData("1e-100000", "1e100000", true)]
    [InlineData("1e100000", "1e-100000", false)]
    [InlineData("7", "0", true)]
    [InlineData("7", "-49", true)]
    [InlineData("0.3", "12345678901234567890123456789012.3", true)]
    [InlineData("0.3", "12345678901234567890123456789012.4", false)]
    public void A_multiple_is_exact_whatever_the_size(string divisor, string number, bool isMultiple) =>
        Assert.Equal(isMultiple, Schemas.Accepts($$"""{"multipleOf":{{divisor}}}""", number));

    [Theory]
    [InlineData("1e3", 1_000)]
    [InlineData("0", 0)]
    [InlineData("999999999", 999_999_999)]
    [InlineData("1e100000", int.MaxValue)]
    [InlineData("1.5", null)]
    [InlineData("-1", null)]
    public void A_count_is_read_by_value_and_capped(string spelling, int? count) =>
        Assert.Equal(count, JsonNumber.Parse(spelling).ToCount());

    [Theory]
    [InlineData("\"\U0001F600\"", true)]
    [InlineData("\"\\ud83d\\ude00\"", true)]
    [InlineData("\"\U0001F600a\"", false)]
    [InlineData("\"e\\u0301\"", false)]
    public void Length_is_counted_in_code_points(string text, bool isOne)
    {
        Assert.Equal(isOne, Schemas.Accepts("""{"maxLength":1}""", text));
        Assert.Equal(!isOne, Schemas.Accepts("""{"minLength":2}""", text));
    }

    [Theory]
    [InlineData("""{"a":1,"b":[2]}""", """{"b":[2.0],"a":1e0}""", true)]
    [InlineData("""{"a":1}""", """{"a":1,"b":1}""", false)]
    [InlineData("[1,2]", "[2,1]", false)]
    [InlineData("\"a\"", "\"\\u0061\"", true)]
    [InlineData("\"\u00e4\"", "\"a\u0308\"", false)]
    [InlineData("false", "0", false)]
    [InlineData("null", "false", false)]
    [InlineData("\"1\"", "1", false)]
    public void Values_are_equal_as_JSON_Schema_defines_it(string one, string other, bool areEqual)
    {
        Assert.Equal(areEqual, Schemas.Accepts($$"""{"const":{{one}}}""", other));
        Assert.Equal(areEqual, Schemas.Accepts($$"""{"enum":[{{one}}]}""", other));
        Assert.Equal(!areEqual, Schemas.Accepts("""{"uniqueItems":true}""", $"[{one},{other}]"));
    }

    [Theory]
    [InlineData("""{"a":["\ud800"]}""", "a[0]")]
    [InlineData("""{"\udc00":1}""", "")]
    public void Half_a_surrogate_pair_is_a_violation(string instance, string path)
    {
        var violation = Assert.Single(Schemas.Violations("{}", instance));

        Assert.Equal(new SchemaViolation(path, "must not hold half of a surrogate pair"), violation);
    }

    [Fact]
    public void A_compiled_schema_outlives_the_document_it_came_from()
    {
        MetadataSchema? schema;
        using (var document = System.Text.Json.JsonDocument.Parse("""{"enum":[{"a":"b"}]}"""))
            Assert.True(MetadataSchema.TryCompile(document.RootElement, out schema, out _));

        Assert.Empty(schema.Validate(Schemas.Parse("""{"a":"b"}""")));
    }
}
