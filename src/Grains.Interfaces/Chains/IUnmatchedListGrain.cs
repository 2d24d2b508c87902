using System.Collections.Immutable;
using Orleans.Concurrency;

namespace Bleepay.Grains.Chains;

/// <summary>
/// Lists the unmatched payments of one business from where the database is, for gateways that have none. It holds
/// nothing, so each silo has its own. Its key is the business's id.
/// </summary>
[GrainInterfaceType("bleepay.unmatched-list"), Alias("bleepay.unmatched-list")]
public interface IUnmatchedListGrain : IGrainWithStringKey
{
    /// <summary>One page of the business's unmatched payments, the latest seen first.</summary>
    /// <param name="cancellation">Ends the read, also in the database.</param>
    /// <returns>The page; <c>NotFound</c> for a caller that is not a member; <c>RateLimit</c> when too many reads of
    /// the business wait already.</returns>
    [Alias("Find"), AlwaysInterleave]
    Task<Result<UnmatchedPage>> Find(Caller caller, UnmatchedQuery query, CancellationToken cancellation = default);
}

/// <summary>Which unmatched payments of a business are asked for.</summary>
/// <param name="IsAssigned">True for those that were assigned to a session; false for those that were not.</param>
/// <param name="Since">Only what was seen after this time, in milliseconds.</param>
/// <param name="Until">Only what was seen before this time, in milliseconds.</param>
/// <param name="After">Only what comes after this position in the list.</param>
/// <param name="Limit">1–<see cref="ListBounds.LimitMax"/>.</param>
/// <param name="Offset">How many of the latest are skipped, 0–<see cref="ListBounds.OffsetMax"/>.</param>
[GenerateSerializer, Immutable, Alias("bleepay.unmatched-query")]
public sealed record UnmatchedQuery(
    [property: Id(0)] bool IsAssigned,
    [property: Id(1)] DateTimeOffset? Since,
    [property: Id(2)] DateTimeOffset? Until,
    [property: Id(3)] UnmatchedCursor? After,
    [property: Id(4)] int Limit,
    [property: Id(5)] int Offset);

/// <summary>A payment's position in every list: by the time it was seen, then by its id. It never changes.</summary>
/// <param name="SeenAt">UTC, whole milliseconds.</param>
[GenerateSerializer, Immutable, Alias("bleepay.unmatched-cursor")]
public sealed record UnmatchedCursor([property: Id(0)] DateTimeOffset SeenAt, [property: Id(1)] string Id)
{
    public static UnmatchedCursor Of(UnmatchedPayment payment) => new(payment.SeenAt, payment.Id);
}

/// <summary>Part of a list.</summary>
/// <param name="Next">The position after which the next page begins; null when there is none.</param>
[GenerateSerializer, Immutable, Alias("bleepay.unmatched-page")]
public sealed record UnmatchedPage(
    [property: Id(0)] ImmutableArray<UnmatchedPayment> Payments, [property: Id(1)] UnmatchedCursor? Next);
