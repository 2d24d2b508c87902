using Bleepay.Gateway.Webhooks;
using Bleepay.Grains.Webhooks;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Bleepay.Gateway.OpenApi;

/// <summary>Describes the requests that the service sends to webhook endpoints, one for each type of event.</summary>
internal sealed class WebhookDescription : IOpenApiDocumentTransformer
{
    private const string Json = "application/json";

    public async Task TransformAsync(
        OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        await Add<DepositEventBody>(document, context, cancellationToken);
        await Add<UnmatchedEventBody>(document, context, cancellationToken);
        document.Webhooks = EventTypes.Sent.ToDictionary(
            type => type, IOpenApiPathItem (type) => PathItem(type, document));
    }

    private static async Task Add<T>(
        OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellation) =>
        document.AddComponent(
            typeof(T).Name, await context.GetOrCreateSchemaAsync(typeof(T), cancellationToken: cancellation));

    private static OpenApiPathItem PathItem(string type, OpenApiDocument document)
    {
        var schema = type == EventTypes.Unmatched ? nameof(UnmatchedEventBody) : nameof(DepositEventBody);
        return new OpenApiPathItem
        {
            Operations = new Dictionary<HttpMethod, OpenApiOperation>
            {
                [HttpMethod.Post] = new()
                {
                    OperationId = type,
                    Summary = SummaryOf(type),
                    Description =
                        "Sent to every enabled endpoint that has subscribed to the type, at least once, in order " +
                        "within a session. Verify webhook-signature or X-Platform-Signature before you read the body.",
                    Tags = new HashSet<OpenApiTagReference> { new("Webhooks", document) },
                    Parameters = [.. Headers()],
                    Security = [],
                    RequestBody = new OpenApiRequestBody
                    {
                        Required = true,
                        Content = new Dictionary<string, OpenApiMediaType>
                        {
                            [Json] = new()
                            {
                                Schema = new OpenApiSchemaReference(schema, document),
                                Example = ApiExamples.WebhookOf(type),
                            },
                        },
                    },
                    Responses = new OpenApiResponses
                    {
                        ["2XX"] = new OpenApiResponse
                        {
                            Description = "Received. Answer within 10 seconds, before you act on the event.",
                        },
                        ["default"] = new OpenApiResponse
                        {
                            Description = "The event is sent again later. A redirect is not followed.",
                        },
                    },
                },
            },
        };
    }

    private static IEnumerable<IOpenApiParameter> Headers()
    {
        yield return Header("webhook-id", "The event's id (Standard Webhooks).");
        yield return Header("webhook-timestamp", "When the attempt was made, in Unix seconds (Standard Webhooks).");
        yield return Header(
            "webhook-signature",
            "v1, and the base64 HMAC-SHA256 of id.timestamp.body, keyed by the decoded bytes after whsec_. Two, " +
            "separated by a space, during a rotation (Standard Webhooks).");
        yield return Header(
            "X-Platform-Signature", "The hexadecimal HMAC-SHA256 of the body, keyed by the whole signing secret.");
    }

    private static OpenApiParameter Header(string name, string description) => new()
    {
        Name = name,
        In = ParameterLocation.Header,
        Required = true,
        Description = description,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
    };

    private static string SummaryOf(string type) => type switch
    {
        EventTypes.Created => "A session was created",
        EventTypes.Pending => "A payment was seen and is not final",
        EventTypes.Confirmed => "A session is paid",
        EventTypes.Expired => "A session has ended unpaid",
        EventTypes.Underpaid => "Final payments add up to less than the amount",
        EventTypes.Overpaid => "A session is paid, with more than the amount",
        EventTypes.PaidLate => "A payment became final after its session",
        EventTypes.Unmatched => "A payment matched no session",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "An event without a summary."),
    };
}
