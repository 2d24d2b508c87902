using System.Collections.Immutable;
using Orleans.Concurrency;

namespace Bleepay.Grains.Webhooks;

/// <summary>
/// One webhook endpoint of a business, and the queue of its events. Its key is the endpoint's id.
/// </summary>
[GrainInterfaceType("bleepay.webhook-endpoint"), Alias("bleepay.webhook-endpoint")]
public interface IWebhookEndpointGrain : IGrainWithStringKey
{
    /// <summary>Creates the endpoint.</summary>
    /// <returns>The endpoint; <c>NotFound</c>; <c>ValidationFailed</c> with every field at fault, also when its URL may
    /// not be called or the business has as many endpoints as it may. Safe to repeat.</returns>
    [Alias("Create")]
    Task<Result<EndpointView>> Create(Caller caller, CreateEndpoint command);

    /// <summary>The endpoint, or <c>NotFound</c> for a caller that is not a member of its business.</summary>
    [Alias("Read"), AlwaysInterleave]
    Task<Result<EndpointView>> Read(Caller caller, string businessId);

    /// <summary>Changes what is given and leaves the rest.</summary>
    /// <returns>The endpoint as it is now; <c>NotFound</c>, <c>ValidationFailed</c>.</returns>
    [Alias("Update")]
    Task<Result<EndpointView>> Update(Caller caller, string businessId, EndpointChange change);

    /// <summary>
    /// Signs every request from now on with a new secret, and with the one before it until the grace ends.
    /// </summary>
    /// <returns>The endpoint; <c>NotFound</c>, or what is wrong with the request.</returns>
    [Alias("RotateSecret")]
    Task<Result<EndpointView>> RotateSecret(Caller caller, string businessId, RotateEndpointSecret command);

    /// <summary>Adds an event with made-up data to the endpoint's queue.</summary>
    /// <returns>The delivery; <c>NotFound</c>; <c>ValidationFailed</c>, also for a disabled endpoint; <c>RateLimit</c>
    /// while <see cref="WebhookBounds.TestEventsWaitingMax"/> test events wait.</returns>
    [Alias("SendTestEvent")]
    Task<Result<DeliverySummary>> SendTestEvent(Caller caller, string businessId, SendTestEvent command);

    /// <summary>Events of a disabled endpoint are dropped; what was already waiting waits on.</summary>
    [Alias("SetEnabled")]
    Task<Result<EndpointView>> SetEnabled(Caller caller, string businessId, bool isEnabled);

    /// <summary>Deletes the endpoint, and cancels its waiting deliveries.</summary>
    [Alias("Delete")]
    Task<Result<EndpointView>> Delete(Caller caller, string businessId);

    /// <summary>
    /// There is something to deliver. May be lost and may come for nothing: what waits is in the store, and is found
    /// there again.
    /// </summary>
    /// <param name="cause">The delivery that the caller has made due. If the call is traced, the delivery's span is
    /// linked to the caller's. Null for a caller that does not know which one is due.</param>
    [Alias("Wake"), AlwaysInterleave, OneWay]
    Task Wake(DeliveryKey? cause = null);
}

/// <summary>An endpoint to be made.</summary>
/// <param name="Errors">What was already wrong with the JSON; a field named here is not judged again.</param>
[GenerateSerializer, Immutable, Alias("bleepay.create-endpoint")]
public sealed record CreateEndpoint(
    [property: Id(0)] string BusinessId,
    [property: Id(1)] EndpointSettings Settings,
    [property: Id(2)] SealedSecret Secret,
    [property: Id(3)] ImmutableArray<FieldError> Errors);

/// <summary>What a merchant configures.</summary>
/// <param name="Url">Absolute, 1–2,048 characters, without user name and fragment.</param>
/// <param name="Description">The merchant's own words, or null.</param>
/// <param name="Events">One or more of <see cref="EventTypes.All"/>, each once.</param>
[GenerateSerializer, Immutable, Alias("bleepay.endpoint-settings")]
public sealed record EndpointSettings(
    [property: Id(0)] string Url,
    [property: Id(1)] string? Description,
    [property: Id(2)] ImmutableArray<string> Events);

/// <summary>What is to change; null leaves a setting as it is.</summary>
/// <param name="ClearsDescription">True when the description was given as null.</param>
/// <param name="Errors">As in <see cref="CreateEndpoint"/>.</param>
[GenerateSerializer, Immutable, Alias("bleepay.endpoint-change")]
public sealed record EndpointChange(
    [property: Id(0)] string? Url,
    [property: Id(1)] string? Description,
    [property: Id(2)] bool ClearsDescription,
    [property: Id(3)] ImmutableArray<string>? Events,
    [property: Id(4)] ImmutableArray<FieldError> Errors);

/// <summary>A new signing secret for an endpoint.</summary>
/// <param name="Unreadable">Why the body could not be read; null if it was read.</param>
/// <param name="GraceSeconds">How long the secret before it signs along: 0–<see cref="WebhookBounds.GraceSecondsMax"/>.
/// </param>
/// <param name="Errors">As in <see cref="CreateEndpoint"/>.</param>
[GenerateSerializer, Immutable, Alias("bleepay.rotate-endpoint-secret")]
public sealed record RotateEndpointSecret(
    [property: Id(0)] Refusal? Unreadable,
    [property: Id(1)] int GraceSeconds,
    [property: Id(2)] SealedSecret Secret,
    [property: Id(3)] ImmutableArray<FieldError> Errors);

/// <summary>A test event for an endpoint.</summary>
/// <param name="Unreadable">As in <see cref="RotateEndpointSecret"/>.</param>
/// <param name="EventType">One of <see cref="EventTypes.Sent"/>.</param>
/// <param name="Errors">As in <see cref="CreateEndpoint"/>.</param>
[GenerateSerializer, Immutable, Alias("bleepay.send-test-event")]
public sealed record SendTestEvent(
    [property: Id(0)] Refusal? Unreadable,
    [property: Id(1)] string EventType,
    [property: Id(2)] ImmutableArray<FieldError> Errors);

/// <summary>A signing secret that only a holder of the server's keys can read.</summary>
/// <param name="KeyId">Names the server key.</param>
/// <param name="Bytes">Nonce, ciphertext and tag of AES-256-GCM, with the endpoint's id as associated data.</param>
[GenerateSerializer, Immutable, Alias("bleepay.sealed-secret")]
public sealed record SealedSecret([property: Id(0)] string KeyId, [property: Id(1)] ImmutableArray<byte> Bytes);

/// <summary>An endpoint as a member of its business sees it.</summary>
/// <param name="Id"><c>wh_</c> and 22 characters.</param>
/// <param name="PausedAt">When the endpoint was paused after <c>PauseAfter</c> without a success; null while it
/// is not.</param>
[GenerateSerializer, Immutable, Alias("bleepay.endpoint-view")]
public sealed record EndpointView(
    [property: Id(0)] string Id,
    [property: Id(1)] string BusinessId,
    [property: Id(2)] EndpointSettings Settings,
    [property: Id(3)] bool IsEnabled,
    [property: Id(4)] DateTimeOffset? PausedAt,
    [property: Id(5)] DateTimeOffset CreatedAt,
    [property: Id(6)] DateTimeOffset UpdatedAt);
