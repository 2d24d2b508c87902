using Orleans.Concurrency;

namespace Bleepay.Grains.Sessions;

/// <summary>A gateway that shows sessions to their followers. It is notified of each change.</summary>
[GrainInterfaceType("bleepay.session-observer"), Alias("bleepay.session-observer")]
public interface ISessionObserver : IGrainObserver
{
    /// <summary>
    /// The session after its latest change, with the changes before it, so that the next message makes up for a lost
    /// one. May come late, and more than once.
    /// </summary>
    [OneWay, Alias("Changed")]
    Task Changed(SessionView session);
}

/// <summary>
/// A session keeps its observers in memory only, so each renews its subscription: a renewal reaches a session that has
/// moved or whose silo has died, and an observer that is gone is dropped.
/// </summary>
public static class SessionFollowing
{
    /// <summary>How often an observer renews.</summary>
    public static readonly TimeSpan RenewAfter = TimeSpan.FromSeconds(15);

    /// <summary>After this time without a renewal a session drops the observer.</summary>
    public static readonly TimeSpan ForgetAfter = TimeSpan.FromMinutes(1);
}
