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

    /// <summary>Completes when sessions have other homes; never in a process without a silo.</summary>
    Task WaitForMove(CancellationToken cancellation);
}

/// <summary>For a process without a silo, which has no view of the homes.</summary>
public sealed class UnknownSessionHomes : ISessionHomes
{
    public int Version => 0;

    public bool IsElsewhere(string sessionId) => false;

    public Task WaitForMove(CancellationToken cancellation) => Task.Delay(Timeout.Infinite, cancellation);
}
