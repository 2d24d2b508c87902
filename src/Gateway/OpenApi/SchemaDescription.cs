using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using Bleepay.Gateway.Http;
using Bleepay.Gateway.Http.Json;
using Bleepay.Gateway.Sessions;
using Bleepay.Gateway.Widgets;
using Bleepay.Grains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Webhooks;
using Bleepay.Grains.Widgets;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Bleepay.Gateway.OpenApi;

/// <summary>Adds what the types don't declare: JSON kept as text, times, the closed list of codes.</summary>
internal sealed class SchemaDescription : IOpenApiSchemaTransformer
{
    /// <summary>What a token sees of a session and its own secret does not.</summary>
    private static readonly string[] TokenOnly =
    [
        "widgetId", "customerEmail", "customerReference", "metadata", "erasedAt", "transactions",
        "transactionsTruncated", "timeline", "timelineTruncated",
    ];

    public Task TransformAsync(
        OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var type = context.JsonTypeInfo.Type;
        if (AttributeOf<EmailAddressAttribute>(context) is not null) schema.Format = "email";
        if (AttributeOf<AllowedValuesAttribute>(context) is { } allowed)
            schema.Enum = [.. allowed.Values.Select(value => (JsonNode)value!.ToString()!)];
        if (AttributeOf<EventTypeAttribute>(context) is not null) ListEventTypes(schema);
        if (context.JsonPropertyInfo?.CustomConverter is RawJsonConverter) BecomeObject(schema, context);
        else if (type == typeof(DateTimeOffset) || type == typeof(DateTimeOffset?))
            BecomeTime(schema, type, AttributeOf<DescriptionAttribute>(context)?.Description);
        else if ((Nullable.GetUnderlyingType(type) ?? type).IsEnum) BecomeWord(schema, type);
        else if (type == typeof(Problem)) ListCodes(schema);
        else if (type == typeof(SessionDetails)) MarkTokenOnly(schema);
        else if (type == typeof(WidgetConfigAnswer)) schema.Required?.Remove("reason");
        else if (type == typeof(WidgetResource) || type == typeof(WidgetConfig)) RequireAll(schema);
        else if (type == typeof(CreateWidgetRequest)) MakeOptional(schema, WidgetRequest.RequiredNames);
        else if (type == typeof(UpdateWidgetRequest)) MakeOptional(schema, []);
        else if (AttributeOf<FieldAttribute>(context) is { } rule)
            Bound(schema, rule, AttributeOf<ItemsMaxAttribute>(context));
        return Task.CompletedTask;
    }

    private static T? AttributeOf<T>(OpenApiSchemaTransformerContext context)
        where T : Attribute =>
        context.JsonPropertyInfo?.AttributeProvider?.GetCustomAttributes(typeof(T), false) is [T attribute]
            ? attribute
            : null;

    private static void Bound(OpenApiSchema schema, FieldAttribute rule, ItemsMaxAttribute? itemsMax)
    {
        var text = schema;
        if (schema.Items is OpenApiSchema items)
        {
            schema.MaxItems = itemsMax?.Count ?? WidgetBounds.ListItemsMax;
            text = items;
        }

        text.MinLength = rule.LengthMin;
        text.MaxLength = rule.LengthMax;
        text.Pattern = rule.Pattern;
    }

    /// <summary>An answer has every member, null or not.</summary>
    private static void RequireAll(OpenApiSchema schema) => schema.Required = schema.Properties!.Keys.ToHashSet();

    /// <summary>In a request, null and absent members mean the same, except those that are required.</summary>
    private static void MakeOptional(OpenApiSchema schema, IReadOnlyCollection<string> required)
    {
        schema.Required = required.ToHashSet();
        foreach (var (name, member) in schema.Properties!)
            if (member is OpenApiSchema property && !WidgetRequest.RequiredNames.Contains(name))
                property.Type |= JsonSchemaType.Null;
    }

    private static void ListEventTypes(OpenApiSchema schema)
    {
        if (schema.Items is not OpenApiSchema items)
        {
            schema.Enum = [.. EventTypes.Sent.Select(type => (JsonNode)type)];
            return;
        }

        schema.MinItems = 1;
        schema.MaxItems = EventTypes.All.Length;
        items.Enum = [.. EventTypes.All.Select(type => (JsonNode)type)];
    }

    private static void BecomeObject(OpenApiSchema schema, OpenApiSchemaTransformerContext context)
    {
        schema.Description = AttributeOf<DescriptionAttribute>(context)?.Description;
        schema.Type = JsonSchemaType.Object | JsonSchemaType.Null;
        schema.AdditionalProperties = new OpenApiSchema();
    }

    private static void BecomeTime(OpenApiSchema schema, Type type, string? description)
    {
        schema.Type = JsonSchemaType.String | (type == typeof(DateTimeOffset?) ? JsonSchemaType.Null : 0);
        schema.Format = "date-time";
        schema.Description = description ?? schema.Description ?? "ISO 8601 in UTC, with milliseconds and Z.";
    }

    /// <summary>
    /// One description serves every use of the enum, so each use declares whether null is allowed.
    /// </summary>
    private static void BecomeWord(OpenApiSchema schema, Type type)
    {
        schema.Type = JsonSchemaType.String;
        schema.Enum = [.. ApiWords.Of(Nullable.GetUnderlyingType(type) ?? type).Select(word => (JsonNode)word)];
    }

    private static void ListCodes(OpenApiSchema schema)
    {
        if (schema.Properties?["code"] is OpenApiSchema code)
            code.Enum = [.. Enum.GetValues<RefusalCode>()
                .Select(refusal => (JsonNode)ProblemKind.Of(refusal).Code)];
    }

    private static void MarkTokenOnly(OpenApiSchema schema)
    {
        schema.Required?.ExceptWith(TokenOnly);
        foreach (var name in TokenOnly)
            if (schema.Properties?[name] is OpenApiSchema property)
                property.Description = $"{property.Description} Only with a token.".TrimStart();
    }
}
