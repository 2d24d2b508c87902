using System.Net;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Widgets;

/// <summary>A widget's metadata schema, from the merchant who sets it to the page that breaks it.</summary>
[Collection(ServiceFixture.Name)]
public sealed class MetadataSchemaTests(ServiceFixture service)
{
    private const string Schema =
        """
        { "type": "object", "required": ["orderId"], "additionalProperties": false,
          "properties": {
            "orderId": { "type": "string", "pattern": "^ord_\\d{4}$" },
            "items": { "type": "array", "items": { "type": "object",
              "properties": { "quantity": { "type": "integer", "minimum": 1 } } } } } }
        """;

    [Fact]
    public async Task Metadata_is_checked_against_the_schema_and_every_violation_is_reported_by_its_path()
    {
        var widget = await service.Api.CreateWidget(WithSchema(Schema));

        var good = await Create(widget, """{"orderId":"ord_1234","items":[{"quantity":1.0}]}""");
        var bad = await Create(widget, """{"orderId":"1234","items":[{"quantity":1},{"quantity":0}],"gift":true}""");

        good.MustBeOk();
        bad.MustBe(HttpStatusCode.BadRequest, "validation_failed");
        Assert.NotEmpty(bad.ErrorsOf("metadata.orderId"));
        Assert.NotEmpty(bad.ErrorsOf("metadata.items[1].quantity"));
        Assert.NotEmpty(bad.ErrorsOf("metadata.gift"));
    }

    [Fact]
    public async Task Absent_metadata_counts_as_an_empty_object()
    {
        var strict = await service.Api.CreateWidget(WithSchema(Schema));
        var lax = await service.Api.CreateWidget(WithSchema("""{"type":"object","maxProperties":3}"""));

        var refused = await service.Api.CreateSession(strict);

        refused.MustBe(HttpStatusCode.BadRequest, "validation_failed");
        Assert.NotEmpty(refused.ErrorsOf("metadata.orderId").Concat(refused.ErrorsOf("metadata")));
        (await service.Api.CreateSession(lax)).MustBeOk();
    }

    [Theory]
    [InlineData("""{"unevaluatedProperties":false}""", "unevaluatedProperties")]
    [InlineData("""{"$ref":"https://example.com/other"}""", "$ref")]
    [InlineData("""{"type":"strin"}""", "type")]
    [InlineData("""{"properties":{"a":{"pattern":"("}}}""", "pattern")]
    public async Task A_schema_that_can_not_be_held_is_refused_by_the_name_of_its_keyword(string schema, string keyword)
    {
        var answer = await service.Api.PostWidget(WithSchema(schema));

        answer.MustBe(HttpStatusCode.BadRequest, "validation_failed");
        Assert.Contains(keyword, Assert.Single(answer.ErrorsOf("metadataSchema")), StringComparison.Ordinal);
    }

    private static JsonObject WithSchema(string schema)
    {
        var body = Api.GoodWidget();
        body["metadataSchema"] = JsonNode.Parse(schema);
        return body;
    }

    private Task<Answer> Create(TestWidget widget, string metadata)
    {
        var body = Api.GoodSession();
        body["metadata"] = JsonNode.Parse(metadata);
        return service.Api.CreateSession(widget, body);
    }
}
