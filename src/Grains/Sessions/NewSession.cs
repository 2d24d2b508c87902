namespace Bleepay.Grains.Sessions;

/// <summary>
/// Tells the session store that one session can't exist yet, because its id was drawn at random a moment ago:
/// its first activation then reads nothing. A wrong claim is harmless, since the insert is guarded.
/// </summary>
public static class NewSession
{
    private const string Key = "bleepay.new-session";

    /// <summary>Lets the knowledge travel with the next call, and on from there.</summary>
    public static void Announce(string sessionId) => RequestContext.Set(Key, sessionId);

    /// <summary>
    /// The id is compared, because the context also flows on to calls about other sessions.
    /// </summary>
    public static bool IsAnnounced(string sessionId) =>
        RequestContext.Get(Key) is string announced && announced == sessionId;
}
