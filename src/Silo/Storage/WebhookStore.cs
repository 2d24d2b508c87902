using Bleepay.Grains.Webhooks;

namespace Bleepay.Silo.Storage;

/// <summary>
/// The home of webhooks. Claims and records, of which each delivery needs one, share their trips to the database; the
/// rest goes one by one, and long deletions apart from what deliveries wait for.
/// </summary>
internal sealed class WebhookStore(IWebhookDialect dialect, SessionStore sessions) : IWebhookStore, IDisposable
{
    public const int WaitingMax = 20_000;
    public const int ClaimsTogetherMax = 64;
    public const int RecordsInCommitMax = 500;
    public const int CancelledTogetherMax = 2_000;
    public const int PrunedTogetherMax = 5_000;

    private readonly BatchQueue<Claim, IReadOnlyList<ClaimedRow>> claims =
        new("webhook claims", WaitingMax, ClaimsTogetherMax, dialect.Claim);

    private readonly BatchQueue<AttemptRecord, bool> records =
        new("webhook records", WaitingMax, RecordsInCommitMax, dialect.Record);

    private readonly BatchQueue<Func<object?>, object?> endpoints =
        new("webhook endpoints", WaitingMax, 1, questions => [questions[0]()]);

    private readonly BatchQueue<Func<object?>, object?> upkeep =
        new("webhook upkeep", WaitingMax, 1, questions => [questions[0]()]);

    public async Task<IReadOnlyList<ClaimedSession>> Claim(Claim claim)
    {
        var rows = await claims.Ask(claim);
        var found = await Task.WhenAll(rows.Select(row => sessions.Read(row.SessionId)));
        return [.. rows.Zip(found).Where(pair => pair.Second is not null).Select(pair =>
            new ClaimedSession(pair.Second!, pair.First.Version, pair.First.Deliveries))];
    }

    public Task<bool> Record(AttemptRecord attempt) => records.Ask(attempt);

    public Task<bool> Cancel(string endpointId) => Ask(upkeep, () => dialect.Cancel(endpointId, CancelledTogetherMax));

    public Task<IReadOnlyList<string>> ReadDueEndpoints(DateTimeOffset now) =>
        Ask(endpoints, () => dialect.ReadDueEndpoints(now));

    public Task<int> ReleaseStranded(DateTimeOffset now, TimeSpan longestDelay) =>
        Ask(upkeep, () => dialect.ReleaseStranded(now, longestDelay));

    public Task<bool> Prune(DateTimeOffset before) => Ask(upkeep, () => dialect.Prune(before, PrunedTogetherMax));

    public Task<StoredEndpoint?> ReadEndpoint(string endpointId) =>
        Ask(endpoints, () => dialect.ReadEndpoint(endpointId));

    public Task<EndpointWriteOutcome> WriteEndpoint(string endpointId, WebhookEndpoint endpoint, int storedVersion) =>
        Ask(endpoints, () => dialect.WriteEndpoint(endpointId, endpoint, storedVersion));

    public Task DeleteEndpoint(string endpointId) => Ask<object?>(endpoints, () =>
    {
        dialect.DeleteEndpoint(endpointId);
        return null;
    });

    public Task<bool> Retry(DeliveryKey key, DateTimeOffset now) => Ask(endpoints, () => dialect.Retry(key, now));

    public void Dispose()
    {
        claims.Dispose();
        records.Dispose();
        endpoints.Dispose();
        upkeep.Dispose();
    }

    private static async Task<T> Ask<T>(BatchQueue<Func<object?>, object?> queue, Func<T> question) =>
        (T)(await queue.Ask(() => question()))!;
}
