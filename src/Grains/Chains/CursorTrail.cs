using System.Collections.Immutable;
using System.Numerics;

namespace Bleepay.Grains.Chains;

/// <summary>A block that was settled once.</summary>
/// <param name="Hash">In lower case.</param>
/// <param name="Time">The time of the block. UTC.</param>
public sealed record CursorPlace(long Number, string Hash, DateTimeOffset Time);

/// <summary>
/// Earlier places of a cursor, fewer of them the further they lie behind: they show how deep a reorganisation goes that
/// has removed the settled block. Pure.
/// </summary>
internal static class CursorTrail
{
    /// <summary>With one more place: of those that lie 1, 2–3, 4–7, … blocks behind, the oldest stays.</summary>
    /// <param name="places">The latest last.</param>
    public static ImmutableArray<CursorPlace> Add(ImmutableArray<CursorPlace> places, CursorPlace last) =>
    [
        .. places
            .Where(place => place.Number < last.Number)
            .OrderBy(place => place.Number)
            .DistinctBy(place => BitOperations.Log2((ulong)(last.Number - place.Number))),
        last,
    ];
}
