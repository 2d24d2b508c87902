using System.Collections.Immutable;

namespace Bleepay.Grains.Sessions;

/// <summary>
/// All that is known of one session. Immutable: a change makes a new one with one more entry on its timeline,
/// so status, sequence and events can't disagree.
/// </summary>
public sealed record DepositSession
{
    public required string Id { get; init; }
    public required string BusinessId { get; init; }
    public required string WidgetId { get; init; }
    public required SessionTerms Terms { get; init; }

    /// <summary>Names the server key from which the session's secret is derived.</summary>
    public required string SecretKeyId { get; init; }

    /// <summary>See <see cref="OpenSession.Fingerprint"/>.</summary>
    public required ImmutableArray<byte> Fingerprint { get; init; }

    /// <summary>
    /// Kept from the widget at creation; a later change of the widget doesn't reach the session.
    /// </summary>
    public required string? UnderpaymentTolerancePercent { get; init; }

    public required int RequiredConfirmations { get; init; }

    /// <summary>Which caps of the widget this session takes a place of while it is open.</summary>
    public required CappedPlaces Places { get; init; }

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
}

/// <summary>The widget's caps that count a session while it is open.</summary>
[Flags]
public enum CappedPlaces
{
    None = 0,
    Widget = 1,
    Reference = 2,
}

/// <summary>
/// What the session store is handed: the session, and for its first write the caps that the commit must hold.
/// </summary>
public sealed class SessionState
{
    /// <summary>Null when no such session was ever opened.</summary>
    public DepositSession? Session { get; set; }

    public OpenSessionCaps Caps { get; set; }

    /// <summary>
    /// Set by the store instead of storing, when a cap leaves no place for one more open session. A value,
    /// because Orleans reports every exception of a store as an error.
    /// </summary>
    public bool HasNoPlace { get; set; }

    /// <summary>Set by the store: the webhook endpoints that its latest commit owes an event to.</summary>
    public IReadOnlyList<string> OwedTo { get; set; } = [];
}
