using System.Collections.Immutable;

namespace Bleepay.Grains.Sessions;

/// <summary>A session as it is now: past <see cref="ExpiresAt"/> an open one is shown as expired.</summary>
/// <param name="Id"><c>dep_</c> and 22 characters.</param>
/// <param name="BusinessId">The business whose widget opened it.</param>
/// <param name="SecretKeyId">Names the server key from which the session's secret is derived; never
/// shown.</param>
/// <param name="ReceivedAmount">Final payments in time, without trailing zeros; <c>0</c> before any.</param>
/// <param name="ExpiresAt">Creation plus the lifetime, exactly. UTC, whole milliseconds.</param>
/// <param name="Timeline">Every change so far, the oldest first, its sequence numbers without a gap.</param>
[GenerateSerializer, Immutable, Alias("bleepay.session-view")]
public sealed record SessionView(
    [property: Id(0)] string Id,
    [property: Id(1)] string BusinessId,
    [property: Id(2)] string WidgetId,
    [property: Id(3)] PaymentStatus Status,
    [property: Id(4)] SessionTerms Terms,
    [property: Id(5)] string SecretKeyId,
    [property: Id(6)] string? TransactionId,
    [property: Id(7)] string ReceivedAmount,
    [property: Id(8)] int Confirmations,
    [property: Id(9)] int RequiredConfirmations,
    [property: Id(10)] DateTimeOffset CreatedAt,
    [property: Id(11)] DateTimeOffset ExpiresAt,
    [property: Id(12)] DateTimeOffset? ConfirmedAt,
    [property: Id(13)] ImmutableArray<SessionChange> Timeline);

/// <summary>One step of a session's life.</summary>
/// <param name="Sequence">1 for the opening, then one more for each change, without a gap.</param>
/// <param name="At">When it was decided. UTC, whole milliseconds.</param>
[GenerateSerializer, Immutable, Alias("bleepay.session-change")]
public sealed record SessionChange(
    [property: Id(0)] int Sequence,
    [property: Id(1)] PaymentStatus Status,
    [property: Id(2)] ChangeCause Cause,
    [property: Id(3)] DateTimeOffset At);
