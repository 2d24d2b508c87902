using System.Text.Json.Nodes;
using Bleepay.Gateway.Health;
using Bleepay.Grains;
using Bleepay.Grains.Chains;
using Bleepay.Grains.Sessions;
using Bleepay.Grains.Webhooks;
using Bleepay.Silo.Retention;

namespace Bleepay.Silo.Ops;

/// <summary>
/// The operator's commands that a running node does. Each changes state through grains alone, so that the memory of no
/// node differs from the database.
/// </summary>
internal sealed class OpsActions(IGrainFactory grains, RetentionJob retention, INodeReadiness readiness)
{
    public const string Chains = "chains";
    public const string Redeliver = "redeliver";
    public const string Erase = "erase";
    public const string Prune = "prune";
    public const string Drain = "drain";

    /// <summary>The largest number of deliveries or sessions that one command changes.</summary>
    public const int ChangesMax = 10_000;

    private const int PageLength = 100;

    /// <exception cref="OpsException">It can't be done; the message names the reason.</exception>
    public Task<JsonNode> Run(OpsRequest request, CancellationToken cancellation) => request.Command switch
    {
        Chains => ReadChains(),
        Redeliver => RedeliverWebhooks(request, cancellation),
        Erase => EraseCustomers(request, cancellation),
        Prune => PruneSessions(request, cancellation),
        Drain => Task.FromResult<JsonNode>(DrainNode(request)),
        _ => throw new OpsException($"This node does not know the command '{request.Command}'; use its own release."),
    };

    private async Task<JsonNode> ReadChains()
    {
        var statuses = await grains.GetGrain<IChainCatalogueGrain>(0).ReadStatuses();
        return new JsonArray([.. statuses.Select(status => new JsonObject
        {
            ["network"] = status.Network,
            ["headBlock"] = status.HeadBlock,
            ["settledBlock"] = status.SettledBlock,
            ["headTime"] = status.HeadTime is { } time ? OpsReport.Time(time) : null,
            ["stopped"] = status.IsStopped,
            ["advice"] = status.Advice,
        })]);
    }

    /// <summary>In the order of their events, so that a receiver sees a session's changes in their order.</summary>
    private async Task<JsonNode> RedeliverWebhooks(OpsRequest request, CancellationToken cancellation)
    {
        var business = request.Business ?? throw new OpsException("Name the business by --business.");
        var status = DeliveryStatus.Failed;
        if (request.Status is { } word && !Enum.TryParse(word, ignoreCase: true, out status))
            throw new OpsException($"--status is {word}; it must be FAILED or DELIVERED.");

        var caller = new Member([business]);
        var lists = grains.GetGrain<IWebhookListsGrain>(business);
        var found = new List<DeliverySummary>();
        DeliveryCursor? after = null;
        do
        {
            var query = new DeliveryQuery(
                PageLength, 0, request.Since, request.Until, after, status, request.Endpoint);
            var page = (await lists.ReadDeliveries(caller, query, cancellation)).Value();
            found.AddRange(page.Deliveries);
            after = page.Next;
            if (found.Count > ChangesMax)
            {
                throw new OpsException(
                    $"More than {ChangesMax} deliveries match; narrow the time by --since and --until.");
            }
        }
        while (after is not null);

        found.Reverse();
        var retried = 0;
        if (!request.DryRun)
        {
            foreach (var delivery in found)
                if ((await lists.Retry(caller, delivery.Key.Id)).Refusal is null) retried++;
        }

        return new JsonObject
        {
            ["found"] = found.Count,
            ["redelivered"] = retried,
            ["firstEvent"] = found.Count == 0 ? null : OpsReport.Time(found[0].CreatedAt),
            ["lastEvent"] = found.Count == 0 ? null : OpsReport.Time(found[^1].CreatedAt),
        };
    }

    private async Task<JsonNode> EraseCustomers(OpsRequest request, CancellationToken cancellation)
    {
        var business = request.Business ?? throw new OpsException("Name the business by --business.");
        var caller = new Member([business]);
        var found = request.Session is { } one
            ? [(await grains.DepositSession(one).Read(caller)).Value()]
            : await FindSessions(request, caller, business, cancellation);
        var final = found.Where(session => session.Status.IsFinal()).ToList();
        if (!request.DryRun)
        {
            foreach (var session in final)
                (await grains.DepositSession(session.Id).EraseCustomer(caller)).Value();
        }

        return new JsonObject
        {
            ["found"] = found.Count,
            ["erased"] = request.DryRun ? 0 : final.Count,
            ["sessions"] = Ids(final),
            ["openSessions"] = Ids(found.Except(final)),
        };
    }

    private async Task<IReadOnlyList<SessionSummary>> FindSessions(
        OpsRequest request, Member caller, string business, CancellationToken cancellation)
    {
        if (request.Reference is null && request.Email is null)
            throw new OpsException("Name the customer by --reference or --email, or one session by --session.");
        var found = new List<SessionSummary>();
        SessionCursor? after = null;
        do
        {
            var query = new SessionQuery(
                null, null, null, null, request.Reference, request.Email, null, null, null, null, after, PageLength, 0);
            var page = (await grains.GetGrain<ISessionListGrain>(business).Find(caller, query, cancellation)).Value();
            found.AddRange(page.Sessions);
            after = page.Next;
            if (found.Count > ChangesMax)
                throw new OpsException($"More than {ChangesMax} sessions match; erase one by one, by --session.");
        }
        while (after is not null);
        return found;
    }

    private async Task<JsonNode> PruneSessions(OpsRequest request, CancellationToken cancellation)
    {
        if (!retention.IsOn)
        {
            throw new OpsException(
                "No age is set; set Retention__Sessions, Retention__ExpiredSessions or Retention__PersonalData.");
        }

        if (request.DryRun)
            return new JsonObject { ["deletable"] = await retention.CountDeletable(cancellation), ["deleted"] = 0 };
        var (deleted, erased) = await retention.Run(cancellation);
        return new JsonObject { ["deleted"] = deleted, ["erased"] = erased };
    }

    private JsonObject DrainNode(OpsRequest request)
    {
        if (!request.DryRun) readiness.SetAside(!request.Undo);
        return new JsonObject { ["ready"] = readiness.IsReady };
    }

    private static JsonArray Ids(IEnumerable<SessionSummary> sessions) =>
        [.. sessions.Select(session => (JsonNode)session.Id)];
}

/// <summary>Results of grains as the operator's commands take them.</summary>
file static class ResultValues
{
    /// <exception cref="OpsException">It is a refusal.</exception>
    public static T Value<T>(this Result<T> result)
        where T : class =>
        result.TryGet(out var value, out var refusal) ? value : throw new OpsException(refusal.Detail);
}
