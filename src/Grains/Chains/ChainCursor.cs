using System.Collections.Immutable;

namespace Bleepay.Grains.Chains;

/// <summary>
/// The only durable state of a watcher: the last block whose payments are all final. Everything above it is read again
/// after a restart, and reports of payments may be repeated.
/// </summary>
public sealed class ChainCursor
{
    public long ChainId { get; set; }

    public long Number { get; set; }

    /// <summary>In lower case; empty before the first block.</summary>
    public string Hash { get; set; } = "";

    /// <summary>The time of the block. UTC.</summary>
    public DateTimeOffset Time { get; set; }

    /// <summary>Where it has stood before (<see cref="CursorTrail"/>), the latest last.</summary>
    public ImmutableArray<CursorPlace> Trail { get; set; } = [];
}
