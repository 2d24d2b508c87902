using Orleans.Concurrency;

namespace Bleepay.Grains.Sessions;

/// <summary>A process that shows sessions to those who follow them: it is told of each change.</summary>
[GrainInterfaceType("bleepay.session-follower"), Alias("bleepay.session-follower")]
public interface ISessionFollower : IGrainObserver
{
    /// <summary>
    /// The session after its latest change, with the changes before it, so that the next message makes up for one
    /// that was lost. May come more than once, and late.
    /// </summary>
    [OneWay, Alias("Changed")]
    Task Changed(SessionView session);
}

/// <summary>
/// The terms of following. A session keeps its followers in memory only, so each says again and again that it is there:
/// that finds a session that has moved, or whose silo has died, and forgets followers that are gone.
/// </summary>
public static class SessionFollowing
{
    /// <summary>How often a follower says that it is still there.</summary>
    public static readonly TimeSpan RenewAfter = TimeSpan.FromSeconds(15);

    /// <summary>When a session forgets a follower that has not.</summary>
    public static readonly TimeSpan ForgetAfter = TimeSpan.FromMinutes(1);
}
