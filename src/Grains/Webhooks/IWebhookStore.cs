using System.Collections.Immutable;
using Bleepay.Grains.Sessions;

namespace Bleepay.Grains.Webhooks;

/// <summary>
/// The outbox and what became of it. The commit of a session's change writes its deliveries; from then on they are
/// claimed, attempted and recorded through here.
/// </summary>
public interface IWebhookStore
{
    /// <summary>
    /// Takes sessions with events that are due, the longest due first. Nobody else gets them before the claim ends,
    /// and what is not recorded by then is due again.
    /// </summary>
    Task<IReadOnlyList<ClaimedSession>> Claim(Claim claim);

    /// <summary>Records one attempt, durable when it returns.</summary>
    /// <returns>True when events of the session are left that are due now.</returns>
    Task<bool> Record(AttemptRecord attempt);

    /// <summary>Cancels some of what waits for an endpoint that is gone.</summary>
    /// <returns>True when there may be more.</returns>
    Task<bool> Cancel(string endpointId);

    /// <summary>The endpoints with anything due.</summary>
    Task<IReadOnlyList<string>> ReadDueEndpoints(DateTimeOffset now);

    /// <summary>
    /// Makes due what waits for a time that no rule has set: a clock that ran ahead and was set back has left it so.
    /// What this can hit by mistake is attempted early, or once more.
    /// </summary>
    /// <param name="longestDelay">Of any delivery between two attempts.</param>
    /// <returns>The number of sessions, each of one endpoint.</returns>
    Task<int> ReleaseStranded(DateTimeOffset now, TimeSpan longestDelay);

    /// <summary>Removes some deliveries of events before this time that nobody waits for.</summary>
    /// <returns>True when there may be more.</returns>
    Task<bool> Prune(DateTimeOffset before);

    /// <summary>Makes a delivery due now and takes it to the begin of its schedule.</summary>
    /// <returns>False when its endpoint is gone.</returns>
    Task<bool> Retry(DeliveryKey key, DateTimeOffset now);
}

/// <summary>An endpoint asks for what is due.</summary>
/// <param name="Until">When the claim ends.</param>
public sealed record Claim(string EndpointId, DateTimeOffset Now, DateTimeOffset Until, int SessionsMax);

/// <summary>A session with events that an endpoint is still to be told, in their order.</summary>
/// <param name="Version">Moves with every event that is added; only the version that was seen can be closed.</param>
public sealed record ClaimedSession(
    DepositSession Session, int Version, ImmutableArray<WaitingDelivery> Deliveries);

/// <summary>One event that an endpoint is still to be told.</summary>
/// <param name="Step">How many delays of the schedule it has used.</param>
/// <param name="RequestBody">As it was attempted before, or null.</param>
public sealed record WaitingDelivery(DeliveryKey Key, string EventType, int Step, string? RequestBody);

/// <summary>What became of one attempt.</summary>
/// <param name="DueAt">When the session is due again; null while its claim goes on.</param>
/// <param name="ClosedVersion">Set when nothing of this version is left to tell: the session leaves the queue,
/// unless an event was added meanwhile.</param>
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
