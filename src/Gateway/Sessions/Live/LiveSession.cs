using System.Net;
using Bleepay.Grains.Sessions;

namespace Bleepay.Gateway.Sessions.Live;

/// <summary>One session that is followed on this node. Changed under the lock of <see cref="LiveSessions"/>.</summary>
internal sealed class LiveSession(string id)
{
    private readonly HashSet<SessionFollower> followers = [];
    private TaskCompletionSource woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool isAbandoned;
    private volatile SessionView? latest;
    private int renewals;

    public string Id => id;

    /// <summary>As last received; null until the session has answered.</summary>
    public SessionView? Latest => latest;

    public int Followers => followers.Count;

    /// <summary>True at the first call: one renewal per session and node is enough.</summary>
    public bool TryBeginRenewal() => Interlocked.Exchange(ref renewals, 1) == 0;

    public void Add(SessionFollower follower) => followers.Add(follower);

    /// <returns>True when it was the session's last follower on this node.</returns>
    public bool Remove(SessionFollower follower)
    {
        followers.Remove(follower);
        if (followers.Count > 0) return false;
        isAbandoned = true;
        woken.TrySetResult();
        return true;
    }

    /// <summary>Takes a newer view. Each holds the changes before it, so a lost message leaves no gap.</summary>
    public void Update(SessionView session)
    {
        if (latest is { } known && known.Sequence >= session.Sequence) return;
        latest = session;
        foreach (var follower in followers) follower.Wake();
    }

    /// <summary>Has the subscription renewed before its time.</summary>
    public void RenewNow()
    {
        var current = woken;
        if (!isAbandoned) woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
        current.TrySetResult();
    }

    /// <summary>Waits for the next renewal.</summary>
    /// <returns>False once the session has no follower on this node.</returns>
    public async Task<bool> IsStillFollowedAfter(TimeSpan wait, TimeProvider clock)
    {
        await Volatile.Read(ref woken).Task.WaitAsync(wait, clock)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !isAbandoned;
    }
}

/// <summary>
/// One event stream of a session on this node. Nothing is queued for it: once woken, it sends the latest view, so a
/// slow reader costs no more than an idle one.
/// </summary>
internal sealed class SessionFollower(LiveSession session, IPAddress client, Action<SessionFollower> leave)
    : IDisposable
{
    private readonly SemaphoreSlim woken = new(0);

    public LiveSession Session => session;

    public IPAddress Client => client;

    /// <summary>The session's widget, once the session has answered.</summary>
    public string? WidgetId { get; set; }

    /// <summary>Called by one at a time.</summary>
    public void Wake()
    {
        if (woken.CurrentCount == 0) woken.Release();
    }

    /// <returns>False when the time has passed without a change.</returns>
    public Task<bool> Change(TimeSpan atMost, CancellationToken cancellation) => woken.WaitAsync(atMost, cancellation);

    public void Dispose()
    {
        leave(this);
        woken.Dispose();
    }
}
