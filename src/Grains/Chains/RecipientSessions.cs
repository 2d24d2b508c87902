using System.Numerics;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Sessions;

namespace Bleepay.Grains.Chains;

/// <summary>
/// The sessions of one business at one recipient while the transfers of a block are decided. Amounts are whole numbers
/// of one unit, which is small enough for all of them.
/// </summary>
internal sealed class RecipientSessions
{
    private readonly DateTimeOffset now;
    private readonly TimeSpan lateWindow;
    private readonly int scale;
    private readonly List<OfferedSession> sessions;

    public RecipientSessions(
        StoredRecipient stored,
        IEnumerable<(int Index, Transfer Transfer)> transfers,
        DateTimeOffset now,
        TimeSpan lateWindow)
    {
        this.now = now;
        this.lateWindow = lateWindow;
        scale = stored.Sessions
            .SelectMany(session => new[] { session.Amount.Scale, session.Standing.Scale })
            .Concat(transfers.Select(entry => Amount.Parse(entry.Transfer.Amount).Scale))
            .DefaultIfEmpty()
            .Max();
        sessions =
        [
            .. stored.Sessions
                .OrderBy(session => session.CreatedAt)
                .ThenBy(session => session.Id, StringComparer.Ordinal)
                .Select(session => new OfferedSession(session, scale)),
        ];
    }

    /// <summary>The sessions that the transfer may pay by their times.</summary>
    public TransferOffer Offer(Transfer transfer)
    {
        var offer = new TransferOffer(Amount.Parse(transfer.Amount).Units(scale));
        var createdMax = transfer.BlockTime + PaymentMatching.CreatedAfterBlockMax;
        var endedMin = transfer.BlockTime - lateWindow;
        foreach (var session in sessions)
        {
            if (session.CreatedAt > createdMax) continue;
            if (session.IsOpenAt(now)) offer.Open.Add(session);
            else if (session.IsUnpaid && session.EndedAt >= endedMin) offer.Ended.Add(session);
        }

        return offer;
    }
}

/// <summary>A transfer, and the sessions that it may pay by their times, oldest first.</summary>
/// <param name="Units">What the transfer brings.</param>
internal sealed record TransferOffer(BigInteger Units)
{
    public List<OfferedSession> Open { get; } = [];

    public List<OfferedSession> Ended { get; } = [];

    /// <summary>The ended sessions that ask exactly what the transfer brings, newest first.</summary>
    public OfferedSession[] EndedThatAsk => [.. Ended.Where(session => session.Amount == Units).Reverse()];
}

/// <summary>A session that a transfer is offered to.</summary>
internal sealed class OfferedSession(PayableSession stored, int scale)
{
    /// <summary>
    /// A transfer below this part of what a session asks is not offered to it. Such transfers cost their sender next
    /// to nothing.
    /// </summary>
    private const int DustDivisor = 10_000;

    private const int Percent = 100;

    private BigInteger standing = stored.Standing.Units(scale);

    public string Id => stored.Id;

    public int RequiredConfirmations => stored.RequiredConfirmations;

    public bool HasAssignedAddress => stored.HasAssignedAddress;

    public DateTimeOffset CreatedAt => stored.CreatedAt;

    /// <summary>An open session that is past its end has ended then.</summary>
    public DateTimeOffset EndedAt => stored.EndedAt ?? stored.ExpiresAt;

    /// <summary>What the session asks for in all.</summary>
    public BigInteger Amount { get; } = stored.Amount.Units(scale);

    /// <summary>True if every payment was removed, or there is none.</summary>
    public bool HasNothing => standing.IsZero;

    /// <summary>True while the payments that were not removed do not pay the session.</summary>
    public bool IsUnpaid => !stored.Status.IsPaid() && !IsEnough(standing);

    public bool IsOpenAt(DateTimeOffset now) => !stored.Status.IsFinal() && now < stored.ExpiresAt;

    /// <summary>True if this is exactly what is missing.</summary>
    public bool Misses(BigInteger units) => standing + units == Amount;

    /// <summary>True if this is exactly what a payer is asked for: the whole amount, or what is missing.</summary>
    public bool Asks(BigInteger units) => units == Amount || Misses(units);

    /// <summary>False for a transfer that is too small to be offered to the session.</summary>
    public bool Admits(BigInteger units) => units * DustDivisor >= Amount || Misses(units);

    /// <summary>True for at most this part of what is missing.</summary>
    public bool IsAtMostMissing(BigInteger units, int percent) => units * Percent <= (Amount - standing) * percent;

    /// <summary>True if the session is then paid within its tolerance, and not more than paid.</summary>
    public bool IsPaidWithin(BigInteger units) => standing + units <= Amount && IsEnough(standing + units);

    public void Take(BigInteger units) => standing += units;

    /// <summary>Compared in multiples of all divisors, so that nothing is rounded.</summary>
    private bool IsEnough(BigInteger sum)
    {
        if (stored.UnderpaymentTolerancePercent is not { } text) return sum >= Amount;
        var tolerance = Fields.Amount.Parse(text);
        var hundred = Percent * BigInteger.Pow(10, tolerance.Scale);
        return (sum * hundred) + (Amount * tolerance.Units(tolerance.Scale)) >= Amount * hundred;
    }
}
