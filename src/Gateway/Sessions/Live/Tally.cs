using System.Runtime.InteropServices;

namespace Bleepay.Gateway.Sessions.Live;

/// <summary>Counts by key, of which only those above zero take memory. For one thread at a time.</summary>
internal sealed class Tally<TKey>
    where TKey : notnull
{
    private readonly Dictionary<TKey, int> counts = [];

    public int this[TKey key] => counts.GetValueOrDefault(key);

    public void Add(TKey key) => CollectionsMarshal.GetValueRefOrAddDefault(counts, key, out _)++;

    public void Remove(TKey key)
    {
        if (--CollectionsMarshal.GetValueRefOrAddDefault(counts, key, out _) <= 0) counts.Remove(key);
    }
}
