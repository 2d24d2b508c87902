using System.Collections.Immutable;
using Bleepay.Grains.Chains;

namespace Bleepay.Grains.Sessions;

/// <summary>
/// A session as it is now, without its history: past <see cref="ExpiresAt"/> an open one is shown as expired.
/// </summary>
[GenerateSerializer, Immutable, Alias("bleepay.session-summary")]
public record SessionSummary
{
    /// <summary><c>dep_</c> and 22 characters.</summary>
    [Id(0)]
    public required string Id { get; init; }

    /// <summary>The business whose widget created it.</summary>
    [Id(1)]
    public required string BusinessId { get; init; }

    [Id(2)]
    public required string WidgetId { get; init; }

    [Id(3)]
    public required PaymentStatus Status { get; init; }

    [Id(4)]
    public required SessionTerms Terms { get; init; }

    /// <summary>Names the server key from which the session's secret is derived; never shown.</summary>
    [Id(5)]
    public required string SecretKeyId { get; init; }

    /// <summary>Of the first payment that was seen and not removed, or null.</summary>
    [Id(6)]
    public required string? TransactionId { get; init; }

    /// <summary>Final payments in time, without trailing zeros; <c>0</c> before any.</summary>
    [Id(7)]
    public required string ReceivedAmount { get; init; }

    /// <summary>
    /// The smallest number of confirmations of payments that were not removed; once paid, of those that paid it.
    /// </summary>
    [Id(8)]
    public required int Confirmations { get; init; }

    [Id(9)]
    public required int RequiredConfirmations { get; init; }

    /// <summary>UTC, whole milliseconds.</summary>
    [Id(10)]
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Creation plus the lifetime, exactly. UTC, whole milliseconds.</summary>
    [Id(11)]
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When it became CONFIRMED or OVERPAID, else null. UTC, whole milliseconds.</summary>
    [Id(12)]
    public required DateTimeOffset? ConfirmedAt { get; init; }

    /// <summary>Payments that became final after the session, without trailing zeros.</summary>
    [Id(13)]
    public required string LateAmount { get; init; }

    /// <summary>The number of the latest change.</summary>
    [Id(14)]
    public required int Sequence { get; init; }

    /// <summary>Payments that were seen and are not final, without trailing zeros.</summary>
    [Id(15)]
    public required string PendingAmount { get; init; }

    /// <summary>Null where nothing sees the session's payments.</summary>
    [Id(16)]
    public PaymentTarget? Target { get; init; }

    /// <summary>Null unless the session is EXPIRED.</summary>
    [Id(17)]
    public required ExpiryReason? EndedBy { get; init; }

    /// <summary>When the customer's data was erased, else null. UTC, whole milliseconds.</summary>
    [Id(18)]
    public required DateTimeOffset? ErasedAt { get; init; }
}

/// <summary>A session as it is now, with its latest history.</summary>
[GenerateSerializer, Immutable, Alias("bleepay.session-view")]
public sealed record SessionView : SessionSummary
{
    /// <summary>
    /// The number of changes and of payments that a session shows. A session may have thousands, and each answer and
    /// each message to a follower carries them.
    /// </summary>
    public const int LatestMax = 100;

    /// <summary>
    /// The latest changes, at most <see cref="LatestMax"/>, the oldest first, their sequence numbers without a gap.
    /// Never empty.
    /// </summary>
    [Id(0)]
    public required ImmutableArray<SessionChange> Timeline { get; init; }

    /// <summary>
    /// The payments that were seen last, at most <see cref="LatestMax"/>, the first seen first.
    /// </summary>
    [Id(1)]
    public required ImmutableArray<Payment> Payments { get; init; }

    /// <summary>The number of payments that the session has recorded.</summary>
    [Id(2)]
    public required int PaymentCount { get; init; }

    /// <summary>True if there are earlier changes than <see cref="Timeline"/> has.</summary>
    public bool IsTimelineTruncated => Timeline[0].Sequence > 1;

    /// <summary>True if there are earlier payments than <see cref="Payments"/> has.</summary>
    public bool ArePaymentsTruncated => PaymentCount > Payments.Length;
}

/// <summary>One step of a session's life.</summary>
/// <param name="Sequence">1 for the opening, then one more for each change, without a gap.</param>
/// <param name="At">When it was decided. UTC, whole milliseconds.</param>
/// <param name="Payment">The payment that caused it, or null.</param>
/// <param name="Totals">What had come in with this change; null before anything was seen.</param>
[GenerateSerializer, Immutable, Alias("bleepay.session-change")]
public sealed record SessionChange(
    [property: Id(0)] int Sequence,
    [property: Id(1)] PaymentStatus Status,
    [property: Id(2)] ChangeCause Cause,
    [property: Id(3)] DateTimeOffset At,
    [property: Id(4)] PaymentKey? Payment = null,
    [property: Id(5)] PaymentTotals? Totals = null)
{
    /// <summary>The first change of every session.</summary>
    public static SessionChange Created(DateTimeOffset createdAt) =>
        new(1, PaymentStatus.Created, ChangeCause.Created, createdAt);
}

/// <summary>
/// What a session shows of its payments, as of one change; each as <see cref="SessionView"/> describes it.
/// </summary>
[GenerateSerializer, Immutable, Alias("bleepay.payment-totals")]
public sealed record PaymentTotals(
    [property: Id(0)] string? TransactionId,
    [property: Id(1)] string ReceivedAmount,
    [property: Id(2)] int Confirmations,
    [property: Id(3)] string PendingAmount,
    [property: Id(4)] string LateAmount);
