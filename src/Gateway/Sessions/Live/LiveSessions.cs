using System.Diagnostics.Metrics;
using System.Net;
using Bleepay.Gateway.Http;
using Bleepay.Gateway.Limits;
using Bleepay.Grains;
using Bleepay.Grains.Sessions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Bleepay.Gateway.Sessions.Live;

/// <summary>
/// The sessions that are followed on this node. The node subscribes to each once, whatever the number of its followers
/// here, and the session notifies it of every change; nothing is polled, and the database is not read.
/// </summary>
/// <remarks>
/// A session loses its observers when it moves, or when its silo dies. So this node renews its subscriptions, and at
/// once when a silo has joined or left; the answer holds what it has missed.
/// </remarks>
internal sealed partial class LiveSessions(
    IGrainFactory grains,
    ISessionHomes homes,
    IOptions<LimitOptions> options,
    TimeProvider clock,
    ILogger<LiveSessions> logger)
    : ISessionObserver
{
    /// <summary>Of one session on one node: a customer with some pages, and a merchant's servers.</summary>
    public const int FollowersOfSessionMax = 100;

    /// <summary>
    /// How long a subscription is retried while the session's silo has died unnoticed, or the store can't be reached:
    /// less than any proxy waits for an answer to begin.
    /// </summary>
    private static readonly TimeSpan RetryTime = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private static readonly UpDownCounter<int> Followers = new Meter("Bleepay").CreateUpDownCounter<int>(
        "bleepay.session.followers", "{follower}", "Open event streams of sessions on this node.");

    private static readonly Refusal NodeIsFull = new(
        RefusalCode.Unavailable,
        "This node has reached its limit of event streams. Retry, or read the session.",
        5);

    private const int RetryAfterSeconds = 30;

    private static readonly Refusal SessionIsFull = Full("session", FollowersOfSessionMax);

    private readonly LimitOptions limits = options.Value;
    private readonly Tally<IPAddress> addresses = new();
    private readonly Tally<string> widgets = new();
    private readonly Lock gate = new();
    private readonly Dictionary<string, LiveSession> sessions = new(StringComparer.Ordinal);
    private ISessionObserver? self;
    private Task? renewalsAfterMoves;
    private int followers;

    /// <summary>Follows a session for as long as the follower is not disposed of.</summary>
    /// <param name="client">The client: an address, or the network that stands for one client.</param>
    /// <returns>The follower, with the session as it is stored now; <c>NotFound</c>; <c>RateLimit</c> when the
    /// client, the session or its widget has reached its limit of streams on this node; <c>Unavailable</c> when the
    /// node has reached its own.</returns>
    /// <exception cref="Exception">The session cannot be reached for now
    /// (<see cref="ProblemResponses.IsPassing"/>).</exception>
    public async Task<Result<SessionFollower>> Follow(
        string sessionId, Caller caller, IPAddress client, CancellationToken cancellation)
    {
        // Joined first, so that no change before the session's own answer is missed.
        var follower = Join(sessionId, client);
        var isFollowing = false;
        try
        {
            if (IsFull(client) is { } full) return full;
            var subscribed = await SubscribeWithRetry(sessionId, caller, cancellation);
            if (!subscribed.TryGet(out var session, out var refusal)) return refusal;
            if (IsFull(follower, session.WidgetId) is { } sessionFull) return sessionFull;
            Update(session);
            if (follower.Session.TryBeginRenewal()) _ = Renew(follower.Session, caller);
            isFollowing = true;
            return follower;
        }
        finally
        {
            if (!isFollowing) follower.Dispose();
        }
    }

    /// <inheritdoc/>
    public Task Changed(SessionView session)
    {
        Update(session);
        return Task.CompletedTask;
    }

    internal SessionFollower Join(string sessionId, IPAddress client)
    {
        lock (gate)
        {
            if (!sessions.TryGetValue(sessionId, out var session))
                sessions[sessionId] = session = new LiveSession(sessionId);
            renewalsAfterMoves ??= RenewAfterMoves();
            var follower = new SessionFollower(session, client, Leave);
            session.Add(follower);
            addresses.Add(client);
            followers++;
            Followers.Add(1);
            return follower;
        }
    }

    private Refusal? IsFull(IPAddress client)
    {
        lock (gate)
        {
            if (followers > limits.StreamsOnNode) return NodeIsFull;
            return addresses[client] > limits.StreamsOfAddress ? Full("address", limits.StreamsOfAddress) : null;
        }
    }

    private Refusal? IsFull(SessionFollower follower, string widgetId)
    {
        lock (gate)
        {
            follower.WidgetId = widgetId;
            widgets.Add(widgetId);
            if (follower.Session.Followers > FollowersOfSessionMax) return SessionIsFull;
            return widgets[widgetId] > limits.StreamsOfWidget ? Full("widget", limits.StreamsOfWidget) : null;
        }
    }

    private static Refusal Full(string owner, int limit) => Refusal.OverQuota(
        $"This {owner} has {limit} event streams on this node, which is the limit. Close one, or read the session.",
        new Quota($"{owner}-streams", limit), RetryAfterSeconds);

    private void Leave(SessionFollower follower)
    {
        lock (gate)
        {
            followers--;
            Followers.Add(-1);
            addresses.Remove(follower.Client);
            if (follower.WidgetId is { } widgetId) widgets.Remove(widgetId);
            if (!follower.Session.Remove(follower)) return;
            sessions.Remove(follower.Session.Id);
        }
    }

    private void Update(SessionView session)
    {
        lock (gate)
        {
            if (sessions.TryGetValue(session.Id, out var live)) live.Update(session);
        }
    }

    private Task<Result<SessionView>> Subscribe(string sessionId, Caller caller) =>
        grains.DepositSession(sessionId).Follow(
            caller, self ??= grains.CreateObjectReference<ISessionObserver>(this));

    private async Task<Result<SessionView>> SubscribeWithRetry(
        string sessionId, Caller caller, CancellationToken cancellation)
    {
        var began = clock.GetTimestamp();
        while (true)
        {
            try
            {
                return await Subscribe(sessionId, caller);
            }
            catch (Exception failure) when (ProblemResponses.IsPassing(failure)
                && clock.GetElapsedTime(began) < RetryTime)
            {
                LogNotRenewed(failure, sessionId);
                await Task.Delay(RetryAfter, clock, cancellation);
            }
        }
    }

    private async Task RenewAfterMoves()
    {
        while (await homes.WaitForMove(CancellationToken.None))
        {
            lock (gate)
            {
                foreach (var session in sessions.Values) session.RenewNow();
            }
        }
    }

    /// <summary>Renews the subscription while the session has a follower on this node.</summary>
    private async Task Renew(LiveSession session, Caller caller)
    {
        var wait = UntilRenewal(session);
        while (await session.IsStillFollowedAfter(wait, clock))
        {
            try
            {
                // Only a database that was restored to an earlier state has lost a session.
                if ((await Subscribe(session.Id, caller)).TryGet(out var renewed, out _)) Update(renewed);
                wait = UntilRenewal(session);
            }
#pragma warning disable CA1031 // Its silo has died, or its store can't be reached: the next attempt is soon.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                LogNotRenewed(failure, session.Id);
                wait = RetryAfter;
            }
        }
    }

    /// <summary>
    /// At its expiry a session is called in any case: where its reminder is late, it expires by this call.
    /// </summary>
    private TimeSpan UntilRenewal(LiveSession session)
    {
#pragma warning disable CA5394 // The jitter spreads load; guessing it gains nothing.
        var renewal = SessionFollowing.RenewAfter * (1 - (0.2 * Random.Shared.NextDouble()));
#pragma warning restore CA5394
        var untilExpiry = session.Latest!.ExpiresAt - clock.GetUtcNow();
        return untilExpiry > renewal ? renewal : untilExpiry > RetryAfter ? untilExpiry : RetryAfter;
    }

    [LoggerMessage(LogLevel.Debug, "The subscription to session {SessionId} could not be renewed; it is retried")]
    private partial void LogNotRenewed(Exception failure, string sessionId);
}
