using System.Collections.Immutable;
using Bleepay.Grains.Webhooks;

namespace Bleepay.Silo.Storage.Webhooks;

/// <summary>What the store of webhooks needs of a database.</summary>
internal sealed record WebhookTables(
    IWebhookQueueTable Queue, IWebhookEndpointTable Endpoints, IWebhookDeliveryTable Deliveries) : IDisposable
{
    public void Dispose()
    {
        (Queue as IDisposable)?.Dispose();
        (Endpoints as IDisposable)?.Dispose();
        (Deliveries as IDisposable)?.Dispose();
    }
}

/// <summary>
/// The subjects with waiting events, and those events. <see cref="IWebhookStore"/> describes each method.
/// </summary>
internal interface IWebhookQueueTable
{
    /// <summary>Returns the claimed subjects of each claim, in the order of the claims.</summary>
    IReadOnlyList<IReadOnlyList<ClaimedRow>> Claim(IReadOnlyList<Claim> claims);

    /// <summary>Records attempts in one durable commit.</summary>
    /// <returns>For each attempt, true if its subject has more events that are due now.</returns>
    IReadOnlyList<bool> Record(IReadOnlyList<AttemptRecord> attempts);

    bool AddTestEvent(TestEventDelivery delivery);

    bool Cancel(string endpointId, int subjectsMax);

    IReadOnlyList<string> ReadDueEndpoints(DateTimeOffset now);

    int ReleaseStranded(DateTimeOffset now, TimeSpan longestDelay);

    bool Retry(DeliveryKey key, DateTimeOffset now);
}

/// <summary>The webhook endpoints, each read and written by its own grain.</summary>
internal interface IWebhookEndpointTable
{
    StoredEndpoint? Read(string endpointId);

    /// <param name="storedVersion">The version that the writer has read; 0 for a new endpoint.</param>
    EndpointWriteOutcome Write(string endpointId, WebhookEndpoint endpoint, int storedVersion);

    void Delete(string endpointId);
}

/// <summary>The outcome of events, for the merchant's lists.</summary>
internal interface IWebhookDeliveryTable
{
    /// <summary>Deletes deliveries of events before this time that no endpoint waits for.</summary>
    /// <returns>True if there may be more.</returns>
    bool Prune(DateTimeOffset before, int deliveriesMax);
}

/// <summary>A claimed subject, which is itself still to be read.</summary>
internal sealed record ClaimedRow(string SubjectId, int Version, ImmutableArray<WaitingDelivery> Deliveries);

/// <param name="Version">1 for a new endpoint, then one more for each write.</param>
internal sealed record StoredEndpoint(WebhookEndpoint Endpoint, int Version);

/// <summary>The outcome of a write of an endpoint.</summary>
internal enum EndpointWriteOutcome
{
    Stored,

    /// <summary>The stored version is not the one that the writer has read.</summary>
    Conflict,

    /// <summary>The business has <see cref="WebhookBounds.EndpointsPerBusinessMax"/> endpoints.</summary>
    TooMany,

    /// <summary>Another endpoint of the business has the same URL.</summary>
    UrlTaken,
}
