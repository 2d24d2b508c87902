using System.Collections.Immutable;

namespace Bleepay.Grains.Sessions;

/// <summary>
/// A session as it is now, without its history: past <see cref="ExpiresAt"/> an open one is shown as expired.
/// </summary>
/// <param name="Id"><c>dep_</c> and 22 characters.</param>
/// <param name="BusinessId">The business whose widget opened it.</param>
/// <param name="SecretKeyId">Names the server key from which the session's secret is derived; never
/// shown.</param>
/// <param name="TransactionId">Of the payment that was seen first and still stands, or null.</param>
/// <param name="ReceivedAmount">Final payments in time, without trailing zeros; <c>0</c> before any.</param>
/// <param name="Confirmations">The fewest of any payment that still stands; of a paid session, of those that
/// have paid it.</param>
/// <param name="ExpiresAt">Creation plus the lifetime, exactly. UTC, whole milliseconds.</param>
/// <param name="ConfirmedAt">When it became CONFIRMED or OVERPAID, else null. UTC, whole milliseconds.</param>
/// <param name="LateAmount">Final payments that came too late, without trailing zeros.</param>
/// <param name="Sequence">The number of the latest change.</param>
[GenerateSerializer, Immutable, Alias("bleepay.session-summary")]
public record SessionSummary(
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
    [property: Id(13)] string LateAmount,
    [property: Id(14)] int Sequence);

/// <summary>A session as it is now, with its latest history.</summary>
[GenerateSerializer, Immutable, Alias("bleepay.session-view")]
public sealed record SessionView : SessionSummary
{
    /// <summary>
    /// How many of its changes and payments a session shows. A session may have thousands, and each answer and each
    /// message to a follower carries them.
    /// </summary>
    public const int LatestMax = 100;

    public SessionView(
        SessionSummary summary,
        ImmutableArray<SessionChange> timeline,
        ImmutableArray<Payment> payments,
        int paymentCount)
        : base(summary)
    {
        Timeline = timeline;
        Payments = payments;
        PaymentCount = paymentCount;
    }

    /// <summary>
    /// The latest changes, at most <see cref="LatestMax"/>, the oldest first, their sequence numbers without a gap.
    /// Never empty.
    /// </summary>
    [Id(0)]
    public ImmutableArray<SessionChange> Timeline { get; init; }

    /// <summary>
    /// The payments that were seen last, at most <see cref="LatestMax"/>, the first seen first.
    /// </summary>
    [Id(1)]
    public ImmutableArray<Payment> Payments { get; init; }

    /// <summary>How many payments the session has recorded.</summary>
    [Id(2)]
    public int PaymentCount { get; init; }

    /// <summary>True if there are earlier changes than <see cref="Timeline"/> has.</summary>
    public bool IsTimelineTruncated => Timeline[0].Sequence > 1;

    /// <summary>True if there are earlier payments than <see cref="Payments"/> has.</summary>
    public bool ArePaymentsTruncated => PaymentCount > Payments.Length;
}

/// <summary>One step of a session's life.</summary>
/// <param name="Sequence">1 for the opening, then one more for each change, without a gap.</param>
/// <param name="At">When it was decided. UTC, whole milliseconds.</param>
/// <param name="Payment">Which payment brought it about, or null.</param>
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
    public static SessionChange Opened(DateTimeOffset createdAt) =>
        new(1, PaymentStatus.Created, ChangeCause.Opened, createdAt);
}

/// <summary>
/// What a session shows of its payments, as of one change; each as <see cref="SessionView"/> describes it.
/// </summary>
[GenerateSerializer, Immutable, Alias("bleepay.payment-totals")]
public sealed record PaymentTotals(
    [property: Id(0)] string? TransactionId,
    [property: Id(1)] string ReceivedAmount,
    [property: Id(2)] int Confirmations);
