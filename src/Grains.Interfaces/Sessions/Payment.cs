namespace Bleepay.Grains.Sessions;

/// <summary>One transfer to the session's address, as it has been reported so far.</summary>
/// <param name="Amount">Decimal string in whole units of the session's currency, above zero: this transfer's
/// own.</param>
/// <param name="Confirmations">As last reported, 0 for one that is in no block; of a settled one as it
/// settled.</param>
/// <param name="From">The sender, if the reporter has it.</param>
/// <param name="ObservedAt">When the reporter saw it, by the reporter's clock. UTC, whole milliseconds.</param>
/// <param name="ObservedInTime">True when it was reported before the session's end, or its
/// <paramref name="ObservedAt"/> is before that end.</param>
/// <param name="SeenSequence">The session's change by which it was first seen: payments are in this
/// order.</param>
/// <param name="SeenAt">When the session first learned of it. UTC, whole milliseconds.</param>
/// <param name="SettledAt">When it became final, in time or late; null before.</param>
/// <param name="IsAmbiguous">True if another session at the address asked exactly the same, so that the payment may be
/// another customer's.</param>
[GenerateSerializer, Immutable, Alias("bleepay.payment")]
public sealed record Payment(
    [property: Id(0)] PaymentKey Key,
    [property: Id(1)] string Amount,
    [property: Id(2)] PaymentStage Stage,
    [property: Id(3)] int Confirmations,
    [property: Id(4)] string? From,
    [property: Id(5)] DateTimeOffset? ObservedAt,
    [property: Id(6)] bool ObservedInTime,
    [property: Id(7)] int SeenSequence,
    [property: Id(8)] DateTimeOffset SeenAt,
    [property: Id(9)] DateTimeOffset? SettledAt,
    [property: Id(10)] bool IsAmbiguous = false);

/// <summary>What makes a payment the same one, however often it is reported.</summary>
/// <param name="TransactionId">1–128 printable ASCII characters; hexadecimal ones (<c>0x…</c>) in lower
/// case.</param>
/// <param name="Index">Which transfer of the transaction, from 0.</param>
[GenerateSerializer, Immutable, Alias("bleepay.payment-key")]
public sealed record PaymentKey([property: Id(0)] string TransactionId, [property: Id(1)] int Index);

/// <summary>The stage of one payment.</summary>
[GenerateSerializer, Alias("bleepay.payment-stage")]
public enum PaymentStage
{
    /// <summary>Seen, and not final yet.</summary>
    Pending = 0,

    /// <summary>Final while the session was open: it counts.</summary>
    Settled = 1,

    /// <summary>Final after the session was: an event reports it, and the status stays.</summary>
    Late = 2,

    /// <summary>Vanished in a reorganisation of its chain, unless it is seen again.</summary>
    Removed = 3,
}
