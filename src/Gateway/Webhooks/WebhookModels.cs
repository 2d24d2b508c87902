using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Bleepay.Gateway.OpenApi;
using Bleepay.Grains.Webhooks;

namespace Bleepay.Gateway.Webhooks;

/// <summary>A new endpoint.</summary>
/// <remarks>Describes the body, which is read field by field.</remarks>
internal sealed record CreateEndpointRequest(
    [property: Description("Absolute https URL on the public internet, without user name and fragment.")]
    [property: Required, StringLength(WebhookBounds.UrlLengthMax, MinimumLength = 1)]
    string Url,
    [property: Description("The event types to subscribe to, each once.")]
    [property: Required, EventType]
    IReadOnlyList<string> Events,
    [property: Description("Any text. Length in Unicode code points.")]
    [property: StringLength(WebhookBounds.DescriptionLengthMax)]
    string? Description = null);

/// <summary>A change of an endpoint: an absent field keeps its value, and null clears the description.</summary>
internal sealed record UpdateEndpointRequest(
    [property: Description("Absolute https URL on the public internet, without user name and fragment.")]
    [property: StringLength(WebhookBounds.UrlLengthMax, MinimumLength = 1)]
    string? Url = null,
    [property: Description("The event types to subscribe to, each once.")]
    [property: EventType]
    IReadOnlyList<string>? Events = null,
    [property: Description("Any text. Length in Unicode code points.")]
    [property: StringLength(WebhookBounds.DescriptionLengthMax)]
    string? Description = null);

/// <summary>The grace of a rotation. The body may be omitted.</summary>
internal sealed record RotateEndpointSecretRequest(
    [property: Description("Seconds for which the previous secret also signs. 0 if absent.")]
    [property: Range(0, WebhookBounds.GraceSecondsMax)]
    int GraceSeconds = 0);

/// <summary>A test event for an endpoint.</summary>
internal sealed record SendTestEventRequest(
    [property: Description("The type of the event.")]
    [property: Required, EventType]
    string Type);

/// <summary>A new endpoint and its signing secret, which is shown this once.</summary>
internal sealed record EndpointCreated(
    string Id,
    string Url,
    string? Description,
    IReadOnlyList<string> Events,
    bool Enabled,
    DateTimeOffset? PausedAt,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    [property: Description("The key that signs every request to this endpoint. Not shown again.")]
    string SigningSecret)
{
    public static EndpointCreated From(EndpointView endpoint, string signingSecret) => new(
        endpoint.Id, endpoint.Settings.Url, endpoint.Settings.Description, endpoint.Settings.Events, endpoint.IsEnabled,
        endpoint.PausedAt, endpoint.CreatedAt, endpoint.UpdatedAt, signingSecret);
}

/// <summary>A webhook endpoint.</summary>
internal sealed record EndpointResource(
    string Id,
    string Url,
    string? Description,
    IReadOnlyList<string> Events,
    bool Enabled,
    [property: Description("When deliveries were paused because every attempt failed; null if they are not paused.")]
    DateTimeOffset? PausedAt,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt)
{
    public static EndpointResource From(EndpointView endpoint) => new(
        endpoint.Id, endpoint.Settings.Url, endpoint.Settings.Description, endpoint.Settings.Events, endpoint.IsEnabled,
        endpoint.PausedAt, endpoint.CreatedAt, endpoint.UpdatedAt);
}

/// <summary>The new secret of an endpoint.</summary>
internal sealed record EndpointSecretRotated(
    string Id,
    [property: Description("The new key that signs every request to this endpoint. Not shown again.")]
    string SigningSecret);

/// <summary>The delivery of one event to one endpoint, in short.</summary>
internal sealed record DeliveryResource(
    string Id,
    string EventType,
    DeliveryStatus Status,
    int Attempts,
    DateTimeOffset? LastAttemptAt,
    [property: Description("The time of the event.")]
    DateTimeOffset CreatedAt)
{
    public static DeliveryResource From(DeliverySummary delivery) => new(
        delivery.Key.Id, delivery.EventType, delivery.Status, delivery.Attempts, delivery.LastAttemptAt,
        delivery.CreatedAt);
}

/// <summary>A delivery with the request and the answer of its last attempt.</summary>
internal sealed record DeliveryDetailsResource(
    string Id,
    string EventType,
    DeliveryStatus Status,
    int Attempts,
    DateTimeOffset? LastAttemptAt,
    DateTimeOffset CreatedAt,
    string EndpointId,
    [property: Description("Null before the first attempt.")]
    string? RequestUrl,
    [property: Description("Null before the first attempt; the same at every attempt.")]
    string? RequestBody,
    [property: Description("Null when there was no answer.")]
    int? ResponseCode,
    [property: Description("The first 4,096 bytes of the answer as text; null when there was none.")]
    string? ResponseBody,
    [property: Description("Why the last attempt got no answer; null if it got one.")]
    string? Failure)
{
    public static DeliveryDetailsResource From(DeliveryDetails delivery) => new(
        delivery.Summary.Key.Id, delivery.Summary.EventType, delivery.Summary.Status, delivery.Summary.Attempts,
        delivery.Summary.LastAttemptAt, delivery.Summary.CreatedAt, delivery.Summary.Key.EndpointId,
        delivery.RequestUrl, delivery.RequestBody, delivery.ResponseCode, delivery.ResponseBody, delivery.Failure);
}
