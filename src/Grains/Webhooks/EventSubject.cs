using Bleepay.Grains.Sessions;

namespace Bleepay.Grains.Webhooks;

/// <summary>
/// What events are about. It writes the bodies of its events, so that every kind of subject shares one queue.
/// </summary>
/// <param name="Id">Identifies an event together with its sequence number.</param>
public abstract record EventSubject(string Id)
{
    /// <summary>The JSON body of one event of this subject. The first attempt writes it, and all others repeat
    /// it.</summary>
    public abstract string BodyOf(WaitingDelivery delivery);
}

/// <summary>A deposit session, of which each change may be an event.</summary>
public sealed record SessionEvents(DepositSession Session) : EventSubject(Session.Id)
{
    public override string BodyOf(WaitingDelivery delivery) => DepositEvent.Body(Session, delivery);
}
