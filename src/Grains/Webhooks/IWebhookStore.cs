using System.Collections.Immutable;

namespace Bleepay.Grains.Webhooks;

/// <summary>
/// The queue of webhooks. The commit that stores a change also adds its events to the queue; from then on they are
/// claimed, attempted and recorded here. Events of one subject are delivered in their order.
/// </summary>
public interface IWebhookStore
{
    /// <summary>
    /// Claims subjects with due events, the longest due first. No other claim gets them before this one ends; what is
    /// not recorded by then is due again.
    /// </summary>
    Task<IReadOnlyList<ClaimedSubject>> Claim(Claim claim);

    /// <summary>Records one attempt, durable when it returns.</summary>
    /// <returns>True if the subject has more events that are due now.</returns>
    Task<bool> Record(AttemptRecord attempt);

    /// <summary>Adds a test event to the queue of an enabled endpoint.</summary>
    /// <returns>False if the endpoint is gone or disabled, or <see cref="WebhookBounds.TestEventsWaitingMax"/> test
    /// events wait already.</returns>
    Task<bool> AddTestEvent(TestEventDelivery delivery);

    /// <summary>Cancels some of what waits for a deleted endpoint.</summary>
    /// <returns>True if there may be more.</returns>
    Task<bool> Cancel(string endpointId);

    /// <summary>The endpoints with due events.</summary>
    Task<IReadOnlyList<string>> ReadDueEndpoints(DateTimeOffset now);

    /// <summary>
    /// Makes due what waits for a time that no rule has set, as after a clock that ran ahead was set back. An event
    /// that this hits by mistake is attempted early, or once more.
    /// </summary>
    /// <param name="longestDelay">The longest time between two attempts of a delivery.</param>
    /// <returns>The number of subjects, counted for each endpoint.</returns>
    Task<int> ReleaseStranded(DateTimeOffset now, TimeSpan longestDelay);

    /// <summary>Deletes some deliveries of events before this time that no endpoint waits for.</summary>
    /// <returns>True if there may be more.</returns>
    Task<bool> Prune(DateTimeOffset before);

    /// <summary>Makes a delivery due now, at the start of its retry schedule.</summary>
    /// <returns>False if its endpoint is gone.</returns>
    Task<bool> Retry(DeliveryKey key, DateTimeOffset now);
}

/// <summary>A request for due events of one endpoint.</summary>
/// <param name="Until">When the claim ends.</param>
public sealed record Claim(string EndpointId, DateTimeOffset Now, DateTimeOffset Until, int SubjectsMax);

/// <summary>A subject with events that wait for an endpoint, in their order.</summary>
/// <param name="Version">Counts the events that were added; only the version that was read can be closed.</param>
public sealed record ClaimedSubject(
    EventSubject Subject, int Version, ImmutableArray<WaitingDelivery> Deliveries);

/// <summary>One event that waits for an endpoint.</summary>
/// <param name="At">When the event happened.</param>
/// <param name="Step">The number of delays of the retry schedule that are used.</param>
/// <param name="RequestBody">As it was attempted before, or null.</param>
public sealed record WaitingDelivery(
    DeliveryKey Key, string EventType, DateTimeOffset At, int Step, string? RequestBody);

/// <summary>A test event to be added to an endpoint's queue.</summary>
public sealed record TestEventDelivery(DeliveryKey Key, string BusinessId, string EventType, DateTimeOffset At);

/// <summary>The outcome of one attempt.</summary>
/// <param name="DueAt">When the subject is due again; null while its claim continues.</param>
/// <param name="ClosedVersion">Set if no event of this version waits any longer: the subject leaves the queue, unless
/// an event was added since.</param>
public sealed record AttemptRecord(
    DeliveryKey Key,
    DeliveryStatus Status,
    int Step,
    DateTimeOffset At,
    string RequestUrl,
    string RequestBody,
    int? ResponseCode,
    string? ResponseBody,
    string? Failure,
    DateTimeOffset? DueAt,
    int? ClosedVersion);
