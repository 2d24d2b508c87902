using System.Collections.Concurrent;

namespace Bleepay.Silo.Cluster;

/// <summary>
/// The sessions that this silo creates although their home is another. The id of an <c>Idempotency-Key</c> is a hash,
/// so it leads to another silo for two of three requests to a cluster of three.
/// </summary>
internal sealed class SessionGuests
{
    /// <summary>The number of creations of each that are under way.</summary>
    private readonly ConcurrentDictionary<GrainId, int> hosted = new();

    /// <summary>Mostly zero. Every look-up reads it; the dictionary's own count would take all of its locks.</summary>
    private int count;

    public bool HasAny => Volatile.Read(ref count) > 0;

    public bool Contains(GrainId session) => HasAny && hosted.ContainsKey(session);

    /// <summary>Hosts a session until the result is disposed.</summary>
    public IDisposable Host(GrainId session)
    {
        Interlocked.Increment(ref count);
        hosted.AddOrUpdate(session, 1, static (_, creations) => creations + 1);
        return new Stay(this, session);
    }

    private void Leave(GrainId session)
    {
        while (hosted.TryGetValue(session, out var creations))
        {
            if (creations == 1
                ? hosted.TryRemove(new(session, creations))
                : hosted.TryUpdate(session, creations - 1, creations))
                break;
        }

        Interlocked.Decrement(ref count);
    }

    private sealed class Stay(SessionGuests guests, GrainId session) : IDisposable
    {
        private bool isOver;

        public void Dispose()
        {
            if (isOver) return;
            isOver = true;
            guests.Leave(session);
        }
    }
}
