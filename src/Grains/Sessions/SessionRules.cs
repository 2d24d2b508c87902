using System.Collections.Immutable;
using Bleepay.Grains.Chains;

namespace Bleepay.Grains.Sessions;

/// <summary>
/// The life of a session: CREATED → PENDING → CONFIRMED or OVERPAID, UNDERPAID for less, and EXPIRED for whatever
/// falls short in time. Pure: the same session, input and time give the same decision.
/// </summary>
/// <remarks>
/// A session decides by its own clock: an input before its end is in time, and one at or after its end is late.
/// </remarks>
public static class SessionRules
{
    /// <summary>
    /// The session after the input, or the refusal. An unchanged session is the same object. Where the clock was set
    /// back, the session's own time stands still at its last change, so that no change is dated before another.
    /// </summary>
    public static Decision Decide(DepositSession? session, SessionInput input, DateTimeOffset now) =>
        DecideAt(session, input, session?.Timeline[^1].At > now ? session.Timeline[^1].At : now);

    private static Decision DecideAt(DepositSession? session, SessionInput input, DateTimeOffset now) =>
        (session, input) switch
        {
            (null, Creation creation) => Create(creation, now),
            (null, Expiry) => Decision.Nothing,
            (null, _) => new(null, Refusal.NotFound("session")),
            ({ } known, Creation creation) => Replay(known, creation.Command),
            ({ } known, Cancellation) => Cancel(known, now),
            ({ } known, Expiry) => new(ExpireIfDue(known, now), null),
            ({ } known, Erasure) => Erase(known, now),
            ({ } known, ReportedPayment payment) =>
                PaymentRules.Report(ExpireIfDue(known, now), payment.Report, now),
            _ => throw new ArgumentOutOfRangeException(nameof(input), input, "No rule for this input."),
        };

    /// <summary>The status that an answer shows: no session is open at or after its end.</summary>
    public static PaymentStatus StatusAt(DepositSession session, DateTimeOffset now) =>
        StatusAt(session.Status, session.ExpiresAt, now);

    /// <summary>A session as it is stored, shown as it is at this time.</summary>
    /// <param name="target">Null for a session whose payments nothing sees.</param>
    public static SessionSummary At(SessionSummary stored, DateTimeOffset now, PaymentTarget? target = null) =>
        StatusAt(stored.Status, stored.ExpiresAt, now) is var status && status == stored.Status
            ? stored with { Target = target }
            : stored with { Status = status, EndedBy = ExpiryReason.Timeout, Target = target };

    /// <param name="target">Null for a session whose payments nothing sees.</param>
    public static SessionView View(DepositSession session, DateTimeOffset now, PaymentTarget? target = null)
    {
        var totals = session.Timeline[^1].Totals;
        var status = StatusAt(session, now);
        return new()
        {
            Id = session.Id,
            BusinessId = session.BusinessId,
            WidgetId = session.WidgetId,
            Status = status,
            Terms = session.Terms,
            SecretKeyId = session.SecretKeyId,
            TransactionId = totals?.TransactionId,
            ReceivedAmount = totals?.ReceivedAmount ?? "0",
            PendingAmount = totals?.PendingAmount ?? "0",
            Confirmations = totals?.Confirmations ?? 0,
            RequiredConfirmations = session.RequiredConfirmations,
            CreatedAt = session.CreatedAt,
            ExpiresAt = session.ExpiresAt,
            ConfirmedAt = session.ConfirmedAt,
            LateAmount = totals?.LateAmount ?? "0",
            Sequence = session.Sequence,
            EndedBy = session.EndedBy ?? (status == session.Status ? null : ExpiryReason.Timeout),
            ErasedAt = session.ErasedAt,
            Target = target,
            Timeline = Latest(session.Timeline),
            Payments = Latest(session.Payments),
            PaymentCount = session.Payments.Length,
        };
    }

    /// <summary>The quota of <see cref="NoSlot"/>.</summary>
    public const string OpenSessionsQuota = "open-sessions";

    /// <summary>The refusal of a new session for which a cap leaves no slot.</summary>
    public static Refusal NoSlot(OpenSessionCaps caps) => Refusal.OverQuota(
        "This widget has reached its limit of open sessions. Retry after one has ended.",
        new Quota(OpenSessionsQuota, caps.PerWidget ?? caps.PerReference ?? 0),
        retryAfterSeconds: 30);

    /// <summary>The refusal of a new session for which no deposit address is free.</summary>
    public static Refusal NoAddress(AddressPool addresses) => Refusal.OverQuota(
        "Each deposit address of this widget is used by an open session, or was used a short time ago. Retry after " +
        "one is free.",
        new Quota("addresses", addresses.Addresses.Length),
        retryAfterSeconds: 30);

    private static ImmutableArray<T> Latest<T>(ImmutableArray<T> all) => all.Length <= SessionView.LatestMax
        ? all
        : [.. all.AsSpan()[^SessionView.LatestMax..]];

    /// <summary>The session one change further.</summary>
    internal static DepositSession Change(
        DepositSession known,
        PaymentStatus to,
        ChangeCause cause,
        DateTimeOffset now,
        PaymentKey? payment = null,
        PaymentTotals? totals = null)
    {
        var change = new SessionChange(
            known.Sequence + 1, to, cause, StoredTime.Of(now), payment, totals ?? known.Timeline[^1].Totals);
        return known with { Timeline = known.Timeline.Add(change) };
    }

    private static PaymentStatus StatusAt(PaymentStatus stored, DateTimeOffset expiresAt, DateTimeOffset now) =>
        !stored.IsFinal() && now >= expiresAt ? PaymentStatus.Expired : stored;

    private static Decision Create(Creation creation, DateTimeOffset now)
    {
        var command = creation.Command;
        if (command.Refusal is { } refusal) return new(null, refusal);
        if (command.Terms is not { } terms)
            throw new ArgumentException("A session is created with its terms.", nameof(creation));

        var createdAt = StoredTime.Of(now);
        return new(
            new DepositSession
            {
                Id = creation.SessionId,
                BusinessId = command.BusinessId,
                WidgetId = command.WidgetId,
                Terms = terms,
                SecretKeyId = command.SecretKeyId,
                Fingerprint = command.Fingerprint,
                UnderpaymentTolerancePercent = command.UnderpaymentTolerancePercent,
                RequiredConfirmations = creation.RequiredConfirmations,
                Slots = SlotsUnder(command.Caps, terms),
                HasAssignedAddress = command.Addresses is not null,
                CreatedAt = createdAt,
                ExpiresAt = createdAt + creation.Lifetime,
                Timeline = [SessionChange.Created(createdAt)],
            },
            null);
    }

    private static Decision Replay(DepositSession known, CreateDepositSession command)
    {
        // The fingerprint is made of the customer's data too, so it was erased with the data.
        if (known.ErasedAt is not null || known.Fingerprint.AsSpan().SequenceEqual(command.Fingerprint.AsSpan()))
            return new(known, null);

        // The contract refuses a bad body before it looks at the key, and the key before any limit.
        return command.Refusal is { Code: RefusalCode.ValidationFailed } invalid
            ? new(null, invalid)
            : new(null, new Refusal(
                RefusalCode.IdempotencyConflict,
                "This Idempotency-Key was used with another body. Send the first body again, or a new key."));
    }

    private static Decision Cancel(DepositSession known, DateTimeOffset now) =>
        StatusAt(known, now) is PaymentStatus.Created or PaymentStatus.Pending
            ? new(Change(known, PaymentStatus.Expired, ChangeCause.Cancelled, now), null)
            : new(null, new Refusal(
                RefusalCode.CannotCancel, "Only a session that is CREATED or PENDING can be cancelled."));

    /// <summary>Sequence and status, amounts and payments stay: they are the record of the payment.</summary>
    private static Decision Erase(DepositSession known, DateTimeOffset now)
    {
        if (known.ErasedAt is not null) return new(known, null);
        if (!known.IsFinal)
        {
            return new(null, new Refusal(
                RefusalCode.CannotErase,
                "Only a session that is CONFIRMED, OVERPAID or EXPIRED can be erased. " +
                "Cancel it, or wait for its end."));
        }

        var erased = known with
        {
            Terms = known.Terms with { CustomerEmail = null, CustomerReference = null, Metadata = null },
            Fingerprint = [],
        };
        return new(Change(erased, known.Status, ChangeCause.CustomerErased, now), null);
    }

    /// <summary>An open session that has come to its end is expired first, whatever else then happens to it.</summary>
    private static DepositSession ExpireIfDue(DepositSession known, DateTimeOffset now) =>
        StatusAt(known, now) == known.Status
            ? known
            : Change(known, PaymentStatus.Expired, ChangeCause.Timeout, now);

    private static CappedSlots SlotsUnder(OpenSessionCaps caps, SessionTerms terms) =>
        (caps.PerWidget is null ? CappedSlots.None : CappedSlots.Widget)
        | (caps.PerReference is null || terms.CustomerReference is null
            ? CappedSlots.None
            : CappedSlots.Reference);
}

/// <summary>What can happen to a session.</summary>
public abstract record SessionInput;

/// <summary>A request to create the session.</summary>
public sealed record Creation(
    string SessionId, CreateDepositSession Command, TimeSpan Lifetime, int RequiredConfirmations) : SessionInput;

/// <summary>A request to cancel the session.</summary>
public sealed record Cancellation : SessionInput;

/// <summary>The session's time is over.</summary>
public sealed record Expiry : SessionInput;

/// <summary>A request to erase the customer's data.</summary>
public sealed record Erasure : SessionInput;

/// <summary>What a chain shows of a payment, as a processor or the watcher reports it.</summary>
public sealed record ReportedPayment(PaymentReport Report) : SessionInput;

/// <summary>
/// What follows from an input: the session as it is to be stored, or a refusal, or neither.
/// </summary>
public readonly record struct Decision(DepositSession? Session, Refusal? Refusal)
{
    /// <summary>There is nothing to do and nothing to answer.</summary>
    public static Decision Nothing => default;
}
