using System.Collections.Immutable;

namespace Bleepay.Grains.Sessions;

/// <summary>
/// The state of one session. Immutable: a change makes a new one with one more entry on its timeline, so status,
/// sequence and events can't disagree.
/// </summary>
public sealed record DepositSession
{
    public required string Id { get; init; }
    public required string BusinessId { get; init; }
    public required string WidgetId { get; init; }
    public required SessionTerms Terms { get; init; }

    /// <summary>Names the server key from which the session's secret is derived.</summary>
    public required string SecretKeyId { get; init; }

    /// <summary>See <see cref="CreateDepositSession.Fingerprint"/>.</summary>
    public required ImmutableArray<byte> Fingerprint { get; init; }

    /// <summary>
    /// Copied from the widget at creation; a later change of the widget doesn't affect the session.
    /// </summary>
    public required string? UnderpaymentTolerancePercent { get; init; }

    public required int RequiredConfirmations { get; init; }

    /// <summary>Under which caps of the widget this session takes a slot while it is open.</summary>
    public required CappedSlots Slots { get; init; }

    /// <summary>
    /// True if the deposit address was chosen for this session alone: any transfer to it is then the session's.
    /// </summary>
    public bool HasAssignedAddress { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Every payment that was reported, the first seen first, each once.</summary>
    public ImmutableArray<Payment> Payments { get; init; } = [];

    /// <summary>Every change, the oldest first; never empty.</summary>
    public required ImmutableArray<SessionChange> Timeline { get; init; }

    public PaymentStatus Status => Timeline[^1].Status;

    /// <summary>Counts the changes without a gap, so it is the version of the stored row as well.</summary>
    public int Sequence => Timeline[^1].Sequence;

    public bool IsFinal => Status.IsFinal();

    /// <summary>When it became CONFIRMED or OVERPAID, else null.</summary>
    public DateTimeOffset? ConfirmedAt =>
        Status.IsPaid() ? Timeline.First(change => change.Status.IsPaid()).At : null;

    /// <summary>Null unless the session is EXPIRED. Payments that come later don't change it.</summary>
    public ExpiryReason? EndedBy => Status != PaymentStatus.Expired ? null
        : Timeline.First(change => change.Status == PaymentStatus.Expired).Cause == ChangeCause.Cancelled
            ? ExpiryReason.Cancelled
            : ExpiryReason.Timeout;

    /// <summary>When the customer's data was erased, else null.</summary>
    public DateTimeOffset? ErasedAt =>
        Timeline.FirstOrDefault(change => change.Cause == ChangeCause.CustomerErased)?.At;

    /// <summary>The session with the deposit address that was chosen for it.</summary>
    public DepositSession At(string depositAddress) =>
        this with { Terms = Terms with { DepositAddress = depositAddress } };

    /// <summary>Counts the open sessions of the widget; null when no cap counts this session there.</summary>
    public SlotCounter? WidgetCounter => Slots.HasFlag(CappedSlots.Widget) ? new(WidgetId, "") : null;

    /// <summary>
    /// Counts the open sessions of the customer reference; null when no cap counts this session there.
    /// </summary>
    public SlotCounter? ReferenceCounter =>
        Slots.HasFlag(CappedSlots.Reference) ? new(WidgetId, Terms.CustomerReference!) : null;
}

/// <summary>The widget's caps that count a session while it is open.</summary>
[Flags]
public enum CappedSlots
{
    None = 0,
    Widget = 1,
    Reference = 2,
}

/// <summary>Names a counter of open sessions under a cap.</summary>
/// <param name="CustomerReference">Empty for the counter of the whole widget, since no reference is empty.</param>
public readonly record struct SlotCounter(string WidgetId, string CustomerReference);
