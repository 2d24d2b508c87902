using Bleepay.Grains.Chains;
using Bleepay.Grains.Webhooks;
using Bleepay.Silo.Storage.Sessions;
using Microsoft.Data.Sqlite;

namespace Bleepay.Silo.Storage.Sqlite;

/// <summary>
/// Queues the events of a commit's changes for the endpoints that subscribe to them, within that commit. Each business
/// is looked up once in a commit. Used by one thread.
/// </summary>
internal sealed class SqliteOutbox(SqliteConnection connection) : IDisposable
{
    private readonly SqliteStatement endpointsOf = new(
        connection, "select id, events from webhook_endpoint where business_id = ?1 and is_enabled = 1");

    private readonly SqliteStatement insertDelivery = new(
        connection,
        """
        insert into webhook_delivery (
            endpoint_id, subject_id, sequence, business_id, event_type, status, attempts, step, created_at)
        values (?1, ?2, ?3, ?4, ?5, 'PENDING', 0, 0, ?6)
        """);

    private readonly SqliteStatement enqueue = new(
        connection,
        """
        insert into webhook_queue (endpoint_id, subject_id, version, due_at) values (?1, ?2, 1, ?3)
        on conflict (endpoint_id, subject_id) do update set version = version + 1
        """);

    private readonly Dictionary<string, List<(string Id, string Events)>> known = [];

    /// <summary>A commit begins.</summary>
    public void Begin() => known.Clear();

    /// <summary>Queues the new events of a stored session.</summary>
    /// <returns>The endpoints that have at least one of them.</returns>
    public IReadOnlyList<string> Queue(SessionWrite write) => Queue(
        write.Session.BusinessId,
        write.Session.Id,
        write.NewEvents.Select(entry =>
            (entry.Change.Sequence, DepositEvent.TypeOf(entry.Change), entry.Change.At)));

    /// <summary>Queues the event of a payment that is recorded as unmatched.</summary>
    /// <inheritdoc cref="Queue(SessionWrite)" path="/returns"/>
    public IReadOnlyList<string> Queue(UnmatchedPayment payment) => Queue(
        payment.BusinessId,
        payment.Id,
        [(UnmatchedPaymentEvent.Sequence, UnmatchedPaymentEvent.TypeOf(payment), payment.SeenAt)]);

    public void Dispose()
    {
        foreach (var statement in new[] { endpointsOf, insertDelivery, enqueue }) statement.Dispose();
    }

    /// <param name="events">The type is null for one that is not sent.</param>
    private IReadOnlyList<string> Queue(
        string businessId, string subjectId, IEnumerable<(int Sequence, string? Type, DateTimeOffset At)> events)
    {
        var endpoints = EndpointsOf(businessId);
        if (endpoints.Count == 0) return [];

        var queued = new HashSet<string>();
        foreach (var (sequence, type, time) in events)
        {
            if (type is null) continue;
            var at = time.ToUnixTimeMilliseconds();
            foreach (var (endpoint, _) in endpoints.Where(endpoint =>
                endpoint.Events.Contains($",{type},", StringComparison.Ordinal)))
            {
                insertDelivery.Execute(endpoint, subjectId, sequence, businessId, type, at);
                enqueue.Execute(endpoint, subjectId, at);
                queued.Add(endpoint);
            }
        }

        return [.. queued];
    }

    private List<(string Id, string Events)> EndpointsOf(string businessId)
    {
        if (known.TryGetValue(businessId, out var endpoints)) return endpoints;
        using var row = endpointsOf.Query(businessId);
        endpoints = [];
        while (row.Read()) endpoints.Add((row.GetString(0), row.GetString(1)));
        return known[businessId] = endpoints;
    }
}
