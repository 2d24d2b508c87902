using System.Collections.Immutable;
using Orleans.Concurrency;

namespace Bleepay.Grains.Sessions;

/// <summary>
/// Lists the sessions of one business from where the database is, for gateways that have none. It holds nothing, so
/// each silo has its own. Its key is the business's id.
/// </summary>
[GrainInterfaceType("bleepay.session-list"), Alias("bleepay.session-list")]
public interface ISessionListGrain : IGrainWithStringKey
{
    /// <summary>One page of the business's sessions, as each is now, newest first.</summary>
    /// <param name="cancellation">Ends the search, also in the database.</param>
    /// <returns>The page; <c>NotFound</c> for a caller that is not a member; <c>RateLimit</c> when too many searches of
    /// the business wait already.</returns>
    [Alias("Find"), AlwaysInterleave]
    Task<Result<SessionPage>> Find(Caller caller, SessionQuery query, CancellationToken cancellation = default);
}

/// <summary>Which sessions of a business are asked for. A filter that is null lets all pass.</summary>
/// <param name="Status">As shown: an open session past its end counts as expired.</param>
/// <param name="DepositAddress">Hexadecimal ones (<c>0x…</c>) compare without case.</param>
/// <param name="Since">Only what was created after this time, in milliseconds.</param>
/// <param name="Until">Only what was created before this time, in milliseconds.</param>
/// <param name="After">Only what follows this cursor.</param>
/// <param name="Limit">1–<see cref="ListBounds.LimitMax"/>.</param>
/// <param name="Offset">How many of the newest are skipped, 0–<see cref="ListBounds.OffsetMax"/>; each costs as much as
/// one that is listed.</param>
[GenerateSerializer, Immutable, Alias("bleepay.session-query")]
public sealed record SessionQuery(
    [property: Id(0)] string? WidgetId,
    [property: Id(1)] PaymentStatus? Status,
    [property: Id(2)] string? Network,
    [property: Id(3)] string? Currency,
    [property: Id(4)] string? CustomerReference,
    [property: Id(5)] string? CustomerEmail,
    [property: Id(6)] string? DepositAddress,
    [property: Id(7)] string? TransactionId,
    [property: Id(8)] DateTimeOffset? Since,
    [property: Id(9)] DateTimeOffset? Until,
    [property: Id(10)] SessionCursor? After,
    [property: Id(11)] int Limit,
    [property: Id(12)] int Offset);

/// <summary>
/// A session's position in every list: by its creation, and among those of one millisecond by its id. It never changes,
/// so a list that is read page by page shows what was there at its start exactly once.
/// </summary>
/// <param name="CreatedAt">UTC, whole milliseconds.</param>
[GenerateSerializer, Immutable, Alias("bleepay.session-cursor")]
public sealed record SessionCursor([property: Id(0)] DateTimeOffset CreatedAt, [property: Id(1)] string Id)
{
    public static SessionCursor Of(SessionSummary session) => new(session.CreatedAt, session.Id);
}

/// <summary>Part of a list.</summary>
/// <param name="Sessions">As many as were asked for, or fewer whose texts alone have
/// <see cref="ListBounds.PageBytesMax"/> characters.</param>
/// <param name="Next">The cursor of the next page, null when there is none.</param>
[GenerateSerializer, Immutable, Alias("bleepay.session-page")]
public sealed record SessionPage(
    [property: Id(0)] ImmutableArray<SessionSummary> Sessions,
    [property: Id(1)] SessionCursor? Next);
