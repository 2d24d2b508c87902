using System.Collections.Immutable;

namespace Bleepay.Grains.Sessions;

/// <summary>
/// Lists sessions from where the database is, for gateways that have none. It holds nothing, so each silo has its own;
/// its key is 0.
/// </summary>
[GrainInterfaceType("bleepay.session-list"), Alias("bleepay.session-list")]
public interface ISessionListGrain : IGrainWithIntegerKey
{
    /// <summary>One page of a business's sessions, as each is now, newest first.</summary>
    [Alias("Find")]
    Task<SessionPage> Find(SessionQuery query);
}

/// <summary>Which sessions of a business are asked for. A filter that is null lets all pass.</summary>
/// <param name="Status">As shown: an open session past its end counts as expired.</param>
/// <param name="DepositAddress">Hexadecimal ones (<c>0x…</c>) compare without case.</param>
/// <param name="Since">Only what was created after this time, in milliseconds.</param>
/// <param name="Until">Only what was created before this time, in milliseconds.</param>
/// <param name="After">Only what comes behind this place of the list.</param>
/// <param name="Limit">1 or more.</param>
/// <param name="Offset">Leaves out so many; each costs as much as one that is listed.</param>
[GenerateSerializer, Immutable, Alias("bleepay.session-query")]
public sealed record SessionQuery(
    [property: Id(0)] string BusinessId,
    [property: Id(1)] string? WidgetId,
    [property: Id(2)] PaymentStatus? Status,
    [property: Id(3)] string? Network,
    [property: Id(4)] string? Currency,
    [property: Id(5)] string? CustomerReference,
    [property: Id(6)] string? CustomerEmail,
    [property: Id(7)] string? DepositAddress,
    [property: Id(8)] string? TransactionId,
    [property: Id(9)] DateTimeOffset? Since,
    [property: Id(10)] DateTimeOffset? Until,
    [property: Id(11)] SessionPlace? After,
    [property: Id(12)] int Limit,
    [property: Id(13)] int Offset);

/// <summary>
/// A session's place in every list: by its creation, and among those of one millisecond by its id. It never changes,
/// so a list that is read page by page shows what was there at its start exactly once.
/// </summary>
/// <param name="CreatedAt">UTC, whole milliseconds.</param>
[GenerateSerializer, Immutable, Alias("bleepay.session-place")]
public sealed record SessionPlace([property: Id(0)] DateTimeOffset CreatedAt, [property: Id(1)] string Id);

/// <summary>Part of a list.</summary>
/// <param name="Next">Where the next page begins, null when there is none.</param>
[GenerateSerializer, Immutable, Alias("bleepay.session-page")]
public sealed record SessionPage(
    [property: Id(0)] ImmutableArray<SessionView> Sessions,
    [property: Id(1)] SessionPlace? Next);
