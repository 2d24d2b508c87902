using Bleepay.Grains.Webhooks;
using Bleepay.Silo.Storage.Chains;
using Bleepay.Silo.Storage.Sessions;

namespace Bleepay.Silo.Storage.Webhooks;

/// <summary>
/// Stores webhooks. Claims and records, which each delivery needs, share their trips to the database. Other work takes
/// turns, and long deletions take separate turns, so that no merchant waits for them.
/// </summary>
internal sealed class WebhookStore(WebhookTables tables, SessionStore sessions, UnmatchedPaymentStore unmatched)
    : IWebhookStore, IDisposable
{
    public const int WaitingMax = 20_000;
    public const int ClaimsTogetherMax = 64;
    public const int RecordsInCommitMax = 500;
    public const int CancelledTogetherMax = 2_000;
    public const int PrunedTogetherMax = 5_000;

    /// <summary>Of endpoints, each of which has one task at a time.</summary>
    public static readonly TurnBounds EndpointTurns = new(
        AtOnce: 2, AtOnceOfOwner: 1, Waiting: WaitingMax, WaitingOfOwner: 100);

    /// <summary>Of the deletions, which run one at a time.</summary>
    public static readonly TurnBounds UpkeepTurns = new(
        AtOnce: 1, AtOnceOfOwner: 1, Waiting: WaitingMax, WaitingOfOwner: 100);

    private readonly BatchQueue<Claim, IReadOnlyList<ClaimedRow>> claims =
        new("webhook claims", WaitingMax, ClaimsTogetherMax, tables.Queue.Claim);

    private readonly BatchQueue<AttemptRecord, bool> records =
        new("webhook records", WaitingMax, RecordsInCommitMax, tables.Queue.Record);

    private readonly Turns endpoints = new("webhook endpoint store", EndpointTurns);

    private readonly Turns upkeep = new("webhook upkeep", UpkeepTurns);

    public async Task<IReadOnlyList<ClaimedSubject>> Claim(Claim claim)
    {
        var rows = await claims.Submit(claim);
        var subjects = await Task.WhenAll(rows.Select(row => Read(row.SubjectId)));
        return [.. rows.Zip(subjects).Where(pair => pair.Second is not null).Select(pair =>
            new ClaimedSubject(pair.Second!, pair.First.Version, pair.First.Deliveries))];
    }

    public Task<bool> Record(AttemptRecord attempt) => records.Submit(attempt);

    public Task<bool> AddTestEvent(TestEventDelivery delivery) =>
        endpoints.Run(delivery.Key.EndpointId, () => tables.Queue.AddTestEvent(delivery));

    public Task<bool> Cancel(string endpointId) =>
        upkeep.Run(endpointId, () => tables.Queue.Cancel(endpointId, CancelledTogetherMax));

    public Task<IReadOnlyList<string>> ReadDueEndpoints(DateTimeOffset now) =>
        endpoints.Run(nameof(ReadDueEndpoints), () => tables.Queue.ReadDueEndpoints(now));

    public Task<int> ReleaseStranded(DateTimeOffset now, TimeSpan longestDelay) =>
        upkeep.Run(nameof(ReleaseStranded), () => tables.Queue.ReleaseStranded(now, longestDelay));

    public Task<bool> Prune(DateTimeOffset before) =>
        upkeep.Run(nameof(Prune), () => tables.Deliveries.Prune(before, PrunedTogetherMax));

    public Task<StoredEndpoint?> ReadEndpoint(string endpointId) =>
        endpoints.Run(endpointId, () => tables.Endpoints.Read(endpointId));

    public Task<EndpointWriteOutcome> WriteEndpoint(string endpointId, WebhookEndpoint endpoint, int storedVersion) =>
        endpoints.Run(endpointId, () => tables.Endpoints.Write(endpointId, endpoint, storedVersion));

    public Task DeleteEndpoint(string endpointId) => endpoints.Run(endpointId, () =>
    {
        tables.Endpoints.Delete(endpointId);
        return true;
    });

    public Task<bool> Retry(DeliveryKey key, DateTimeOffset now) =>
        endpoints.Run(key.EndpointId, () => tables.Queue.Retry(key, now));

    public void Dispose()
    {
        claims.Dispose();
        records.Dispose();
    }

    /// <summary>Null for what is no longer stored.</summary>
    private async Task<EventSubject?> Read(string subjectId)
    {
        var kind = SubjectKind.Of(subjectId);
        if (kind == SubjectKind.Test) return new TestEvent(subjectId);
        if (kind == SubjectKind.UnmatchedPayment)
            return await unmatched.Read(subjectId) is { } payment ? new UnmatchedPaymentEvent(payment) : null;
        return await sessions.Read(subjectId) is { } session ? new SessionEvents(session) : null;
    }
}
