using System.Net;
using Bleepay.Grains.Sessions;

namespace Bleepay.Gateway.Sessions.Live;

/// <summary>One session that is followed on this node. Changed under the lock of <see cref="LiveSessions"/>.</summary>
internal sealed class LiveSession(string id)
{
    private readonly HashSet<SessionFollower> followers = [];
    private readonly TaskCompletionSource abandoned = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile SessionView? latest;
    private int keepers;

    public string Id => id;

    /// <summary>As last heard of; null until the session has answered.</summary>
    public SessionView? Latest => latest;

    public int Followers => followers.Count;

    /// <summary>True for the first who asks: one is enough to stay known to the session.</summary>
    public bool IsFirstKept() => Interlocked.Exchange(ref keepers, 1) == 0;

    public void Add(SessionFollower follower) => followers.Add(follower);

    /// <returns>True when it was the last, and nobody follows the session here any more.</returns>
    public bool Remove(SessionFollower follower)
    {
        followers.Remove(follower);
        if (followers.Count > 0) return false;
        abandoned.SetResult();
        return true;
    }

    /// <summary>Takes what is newer. A message holds all that came before it, so one that is lost is no gap.</summary>
    public void Learn(SessionView session)
    {
        if (latest is { } known && known.Sequence >= session.Sequence) return;
        latest = session;
        foreach (var follower in followers) follower.Wake();
    }

    public async Task<bool> IsStillFollowedAfter(TimeSpan wait, TimeProvider clock)
    {
        await abandoned.Task.WaitAsync(wait, clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !abandoned.Task.IsCompleted;
    }
}

/// <summary>
/// One who follows a session on this node. Nothing is queued for it: woken, it looks at what there is to send, so one
/// that reads slowly costs no more than one that is idle.
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
