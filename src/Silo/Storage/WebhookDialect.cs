using System.Collections.Immutable;
using Bleepay.Grains.Webhooks;

namespace Bleepay.Silo.Storage;

/// <summary>What the store of webhooks needs of a database; <see cref="IWebhookStore"/> says what each does.</summary>
internal interface IWebhookDialect
{
    /// <summary>For each claim, the sessions that it has got.</summary>
    IReadOnlyList<IReadOnlyList<ClaimedRow>> Claim(IReadOnlyList<Claim> claims);

    /// <summary>One durable commit; for each attempt, whether more of its session is due now.</summary>
    IReadOnlyList<bool> Record(IReadOnlyList<AttemptRecord> attempts);

    bool Cancel(string endpointId, int sessionsMax);

    IReadOnlyList<string> ReadDueEndpoints(DateTimeOffset now);

    int ReleaseStranded(DateTimeOffset now, TimeSpan longestDelay);

    bool Prune(DateTimeOffset before, int deliveriesMax);

    StoredEndpoint? ReadEndpoint(string endpointId);

    EndpointWriteOutcome WriteEndpoint(string endpointId, WebhookEndpoint endpoint, int storedVersion);

    void DeleteEndpoint(string endpointId);

    bool Retry(DeliveryKey key, DateTimeOffset now);
}

/// <summary>A session of a claim, still without the session itself.</summary>
internal sealed record ClaimedRow(string SessionId, int Version, ImmutableArray<WaitingDelivery> Deliveries);

internal sealed record StoredEndpoint(WebhookEndpoint Endpoint, int Version);

internal enum EndpointWriteOutcome
{
    Stored,

    /// <summary>The row is not what the writer believed.</summary>
    Conflict,

    /// <summary>The business has as many endpoints as it may.</summary>
    NoPlace,

    /// <summary>Another endpoint of the business has the same URL.</summary>
    UrlTaken,
}
