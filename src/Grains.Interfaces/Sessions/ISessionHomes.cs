namespace Bleepay.Grains.Sessions;

/// <summary>
/// Which silo each session lives on: its home, computed from the session's id and the silos that are active. No
/// directory holds an entry for a session, so that creating one registers nothing on another silo.
/// </summary>
public interface ISessionHomes
{
    /// <summary>Rises whenever a silo has joined or left, so that sessions may have other homes.</summary>
    int Version { get; }

    /// <summary>True if another silo is the session's home. False in a process without a silo.</summary>
    bool IsElsewhere(string sessionId);

    /// <summary>
    /// Lets this silo create a session whose home is another, without a message to it: until the result is disposed,
    /// calls of this silo reach the session here, as a guest. Its home reads it from the store when it is first called.
    /// </summary>
    /// <returns>Null if this silo is the session's home.</returns>
    IDisposable? HostIfElsewhere(string sessionId);

    /// <summary>True for a session that this silo hosts and that has another home.</summary>
    bool IsGuest(string sessionId);

    /// <summary>Waits until sessions have other homes, which never happens in a process without a silo.</summary>
    /// <returns>False once the silo has stopped.</returns>
    Task<bool> WaitForMove(CancellationToken cancellation);
}

/// <summary>For a process without a silo, which has no view of the homes.</summary>
public sealed class UnknownSessionHomes : ISessionHomes
{
    public int Version => 0;

    public bool IsElsewhere(string sessionId) => false;

    public IDisposable? HostIfElsewhere(string sessionId) => null;

    public bool IsGuest(string sessionId) => false;

    public async Task<bool> WaitForMove(CancellationToken cancellation)
    {
        await Task.Delay(Timeout.Infinite, cancellation);
        return false;
    }
}
