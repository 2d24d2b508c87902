using System.Text.Json;

namespace Bleepay.Grains.Chains;

/// <summary>
/// Sends requests of the same kind to one provider in batches. A request that a batch leaves unanswered is sent alone,
/// so that a partial answer never passes as a whole one.
/// </summary>
internal sealed class RpcBatches(RpcClient rpc)
{
    /// <summary>The number of requests in a batch.</summary>
    public const int SizeMax = 10;

    /// <summary>The number of batches that are on their way at once.</summary>
    private const int AtOnce = 4;

    /// <summary>Smaller for a while after a batch that was not answered.</summary>
    private int size = SizeMax;

    private bool takesNone;

    /// <returns>The result of each request, in their order.</returns>
    /// <exception cref="RpcException">One of them has no answer.</exception>
    public async Task<T[]> Call<T>(
        string method, IReadOnlyList<Action<Utf8JsonWriter>> requests, ReadResult<T> read,
        CancellationToken cancellation)
    {
        var results = new T[requests.Count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, requests.Count).Chunk(SizeMax),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
            async (together, end) => await Fill(results, together, method, requests, read, end));
        return results;
    }

    private async Task Fill<T>(
        T[] results, int[] together, string method, IReadOnlyList<Action<Utf8JsonWriter>> requests, ReadResult<T> read,
        CancellationToken cancellation)
    {
        for (var next = 0; next < together.Length;)
        {
            var part = together[next..Math.Min(next + (takesNone ? 1 : size), together.Length)];
            var found = new (bool IsFound, T Result)[part.Length];
            try
            {
                if (part.Length > 1)
                    found = await rpc.Batch(method, [.. part.Select(index => requests[index])], read, cancellation);
            }
            catch (RpcException refused) when (refused.MayBeTheBatch)
            {
                takesNone |= refused.Fault == RpcFault.BatchRefused;
                size = Math.Max(1, part.Length / 2);
                continue;
            }

            foreach (var (index, (isFound, result)) in part.Zip(found))
                results[index] = isFound ? result : await rpc.Call(method, requests[index], read, cancellation);
            next += part.Length;
        }

        size = Math.Min(SizeMax, size * 2);
    }
}
