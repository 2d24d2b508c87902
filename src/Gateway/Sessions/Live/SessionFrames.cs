using Bleepay.Grains.Sessions;

namespace Bleepay.Gateway.Sessions.Live;

/// <summary>
/// Which frames a follower has yet to receive. A frame is the whole resource as it stood after one change, and its id
/// is that change's sequence number: rendered from the timeline, it is the same at any time and on any node.
/// </summary>
internal static class SessionFrames
{
    /// <param name="seen">The last change that the follower has seen. Null if it has seen none: it then receives the
    /// current state, as does one that claims a change that has not happened. One that has missed more than
    /// <see cref="SessionView.LatestMax"/> changes receives the latest.</param>
    public static IEnumerable<SessionChange> After(int? seen, SessionView session)
    {
        var from = seen is { } sequence && sequence <= session.Sequence ? sequence : session.Sequence - 1;
        return session.Timeline.Where(change =>
            change.Sequence > from && !IsOverdue(change, session) && !IsFirstHalf(change, session));
    }

    /// <summary>
    /// A payment that was final at first sight made two changes in one commit. They are one frame, the second.
    /// </summary>
    private static bool IsFirstHalf(SessionChange change, SessionView session) =>
        change.Cause is ChangeCause.PaymentSeen or ChangeCause.PaymentAdded
        && session.Timeline.ElementAtOrDefault(change.Sequence + 1 - session.Timeline[0].Sequence) is
        { Cause: ChangeCause.PaymentSettled or ChangeCause.PaymentLate } next
        && next.Payment == change.Payment
        && next.At == change.At;

    /// <summary>
    /// An open session that is past its end is shown as expired, and its expiry is not stored yet. It is about to be,
    /// and will be the next change.
    /// </summary>
    private static bool IsOverdue(SessionChange change, SessionView session) =>
        change.Sequence == session.Sequence && change.Status != session.Status;
}
