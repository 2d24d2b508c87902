using System.Diagnostics;
using Bleepay.Grains.Keys;
using Bleepay.Grains.Telemetry;
using Microsoft.Extensions.Logging;

namespace Bleepay.Grains.Webhooks;

/// <summary>What a delivery queue needs of the grain that it works for.</summary>
internal interface IDeliveryQueueOwner
{
    string Id { get; }

    /// <summary>As it is now; null when it is deleted.</summary>
    WebhookEndpoint? Endpoint { get; }

    /// <summary>Observes every attempt, before it is recorded.</summary>
    Task Observe(AttemptOutcome outcome);

    /// <summary>Keeps the grain active while it has work.</summary>
    void KeepActive();
}

/// <summary>
/// Delivers the due events of one endpoint: those of one subject in their order, those of several subjects at once.
/// Only the claimed events are in memory; all others wait in the store. Runs on its grain's scheduler.
/// </summary>
internal sealed partial class DeliveryQueue(
    IDeliveryQueueOwner owner,
    IWebhookStore store,
    WebhookSender sender,
    WebhookSecrets secrets,
    WebhookOptions options,
    TimeProvider clock,
    ILogger logger)
{
    private static readonly TimeSpan AttemptTime = WebhookSender.AttemptTimeout + TimeSpan.FromSeconds(5);

    /// <summary>Bounds the memory for traced causes of deliveries that have not begun.</summary>
    private const int CausesMax = 100;

    /// <summary>By delivery, the span that made it due. Nearly always empty, because few requests are traced.</summary>
    private readonly Dictionary<DeliveryKey, ActivityContext> causes = [];

    private readonly IReadOnlyList<TimeSpan> schedule = options.RetryDelays();
    private readonly DeliveryPace pace = new(options.DeliveriesPerSecond, clock.Uptime());
    private TaskCompletionSource laneEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int lanes;
    private int failuresInARow;

    /// <summary>On the monotonic clock, as <see cref="probeAt"/> is.</summary>
    private TimeSpan quietUntil;
    private TimeSpan probeAt;
    private bool isRunning;
    private bool isWoken;
    private bool isStopping;

    /// <summary>Starts to deliver what is due, unless it runs already.</summary>
    public void Wake()
    {
        isWoken = true;
        if (!isRunning && !isStopping) _ = Run();
    }

    /// <summary>Links the next attempt of a delivery to the span that made it due.</summary>
    public void Link(DeliveryKey delivery, ActivityContext cause)
    {
        // What is left of an endpoint that was disabled or paused.
        if (causes.Count >= CausesMax) causes.Clear();
        causes[delivery] = cause;
    }

    /// <summary>Ends the back-off, so that a changed endpoint is attempted at once.</summary>
    public void EndBackOff()
    {
        quietUntil = default;
        probeAt = default;
    }

    /// <summary>Begins nothing new, and ends when what is under way is recorded.</summary>
    public async Task Stop()
    {
        isStopping = true;
        while (lanes > 0) await LaneEnds();
    }

    private async Task Run()
    {
        isRunning = true;
        try
        {
            while (isWoken && !isStopping && owner.Endpoint is { IsEnabled: true } endpoint)
            {
                owner.KeepActive();
                var now = clock.Uptime();
                var room = Room(endpoint, now);
                if (room <= 0) return;
                if (lanes >= LanesMax) await LaneEnds();
                else if (pace.Allowed(now, Share) is var allowed && allowed == 0) await Task.Delay(pace.Step, clock);
                else await Begin(Math.Min(room, allowed), now);
            }
        }
#pragma warning disable CA1031 // Whatever the store's trouble is: what waits is found again, by the sweep.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            LogStopped(failure, owner.Id);
        }
        finally
        {
            isRunning = false;
        }
    }

    private double Share => DeliveryRules.RateShare(failuresInARow);

    private int LanesMax => Math.Max(1, (int)(options.DeliveriesAtOnce * Share));

    /// <summary>The number of subjects that may be claimed; zero during a back-off.</summary>
    private int Room(WebhookEndpoint endpoint, TimeSpan now)
    {
        if (now < quietUntil) return 0;
        if (endpoint.PausedAt is null) return Math.Max(1, LanesMax - lanes);
        return lanes > 0 || now < probeAt ? 0 : 1;
    }

    /// <param name="now">On the monotonic clock. The claim itself is stored, so its times are wall time.</param>
    private async Task Begin(int subjectsMax, TimeSpan now)
    {
        isWoken = false;
        var wall = clock.GetUtcNow();
        var claim = new Claim(owner.Id, wall, wall + DeliveryRules.ClaimTime, subjectsMax);
        var claimed = await store.Claim(claim);
        if (claimed.Count == subjectsMax) isWoken = true;
        if (claimed.Count > 0) probeAt = now + options.ProbePeriod;
        foreach (var subject in claimed)
        {
            lanes++;
            _ = Deliver(subject, now + DeliveryRules.ClaimTime);
        }
    }

    private Task LaneEnds()
    {
        if (laneEnded.Task.IsCompleted) laneEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return laneEnded.Task;
    }

    /// <summary>Delivers the events of one subject in their order, up to the first that fails.</summary>
    /// <param name="claimEnds">On the monotonic clock.</param>
    private async Task Deliver(ClaimedSubject claimed, TimeSpan claimEnds)
    {
        try
        {
            foreach (var delivery in claimed.Deliveries)
            {
                if (isStopping || owner.Endpoint is not { IsEnabled: true } endpoint) return;
                var isLast = delivery == claimed.Deliveries[^1];
                var (status, isMoreDue) = await Traces.Root(
                    "webhook deliver", new AttemptOf(this, endpoint, claimed, delivery, isLast, claimEnds),
                    static attempt => attempt.Queue.Attempt(attempt),
                    causes.Remove(delivery.Key, out var cause) ? cause : null);
                if (isMoreDue) Wake();
                if (isMoreDue || status == DeliveryStatus.Retrying) return;
            }
        }
#pragma warning disable CA1031 // The claim ends in time, and the attempt is then made again.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            LogAttemptLost(failure, owner.Id, claimed.Subject.Id);
        }
        finally
        {
            lanes--;
            laneEnded.TrySetResult();
        }
    }

    private async Task<(DeliveryStatus Status, bool IsMoreDue)> Attempt(AttemptOf attempt)
    {
        var (_, endpoint, claimed, delivery, isLast, claimEnds) = attempt;
        Traces.Tag("bleepay.endpoint.id", owner.Id);
        Traces.Tag("bleepay.event.type", delivery.EventType);
        var body = delivery.RequestBody ?? claimed.Subject.BodyOf(delivery);
        pace.Spend();
        var signing = EndpointRules.SigningSecrets(endpoint, clock.GetUtcNow())
            .Select(secret => secrets.Open(secret, owner.Id))
            .OfType<string>()
            .ToList();
        var outcome = signing.Count > 0
            ? await sender.Send(
                new Uri(endpoint.Settings.Url), signing, delivery.Key.EventId, body, CancellationToken.None)
            : new AttemptOutcome(
                null, null, null, "The signing secret can't be decrypted; rotate it.", AttemptFault.NoSecret);

        var now = clock.GetUtcNow();
        failuresInARow = outcome.IsSuccess ? 0 : failuresInARow + 1;
        await owner.Observe(outcome);
        var uptime = clock.Uptime();
        if (uptime + DeliveryRules.QuietTime(outcome) is var until && until > quietUntil) quietUntil = until;
#pragma warning disable CA5394 // The jitter spreads load; guessing it gains nothing.
        var result = DeliveryRules.ResultOf(outcome, delivery.Step, schedule, Random.Shared.NextDouble(), now);
#pragma warning restore CA5394
        Traces.Tag("bleepay.attempt", delivery.RequestBody is null ? "first" : "later");
        Traces.Tag("bleepay.outcome", outcome.Word);
        if (outcome.StatusCode is { } code) Traces.Tag("http.response.status_code", code);
        WebhookInstruments.Attempted(outcome, isFirst: delivery.RequestBody is null, now - delivery.At);
        if (result.Status == DeliveryStatus.Failed) LogFailed(delivery.Key.Id, owner.Id, outcome.StatusCode);

        // A subject with more events than its claim has time for goes to the end of those that are due.
        var goesOn = result.DueAt is null && !isLast && uptime + AttemptTime < claimEnds;
        var isMoreDue = await store.Record(new AttemptRecord(
            delivery.Key, result.Status, result.Step, now, endpoint.Settings.Url, body,
            outcome.StatusCode, outcome.ResponseBody, outcome.Failure,
            goesOn ? null : result.DueAt ?? now,
            result.DueAt is null && isLast ? claimed.Version : null));
        return (result.Status, isMoreDue);
    }

    /// <summary>One attempt to deliver one event.</summary>
    private readonly record struct AttemptOf(
        DeliveryQueue Queue,
        WebhookEndpoint Endpoint,
        ClaimedSubject Claimed,
        WaitingDelivery Delivery,
        bool IsLast,
        TimeSpan ClaimEnds);

    [LoggerMessage(LogLevel.Warning, "Deliveries of webhook endpoint {EndpointId} have stopped until its next wake-up")]
    private partial void LogStopped(Exception failure, string endpointId);

    [LoggerMessage(LogLevel.Warning,
        "The attempt at webhook endpoint {EndpointId} for {SubjectId} could not be recorded")]
    private partial void LogAttemptLost(Exception failure, string endpointId, string subjectId);

    [LoggerMessage(LogLevel.Warning,
        "Delivery {DeliveryId} of webhook endpoint {EndpointId} has failed for the last time, with {StatusCode}")]
    private partial void LogFailed(string deliveryId, string endpointId, int? statusCode);
}
