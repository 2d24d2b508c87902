namespace Bleepay.Grains.Chains;

/// <summary>
/// Decides which session of a business a transfer pays. Each business is decided separately: the sessions of another
/// change nothing. Pure, and exact however many digits an amount has.
/// </summary>
/// <remarks>
/// A decision that is recorded stays, so reading the same block again decides the same, whatever has happened since.
/// </remarks>
public static class PaymentMatching
{
    /// <summary>
    /// How far a session's creation may be after the time of the block that pays it, since clocks differ. Short:
    /// a stranger who sees a transfer on its way must not be able to create a session that it then pays.
    /// </summary>
    public static readonly TimeSpan CreatedAfterBlockMax = TimeSpan.FromSeconds(2);

    /// <summary>What the only open session takes at an address that it shares, in percent of what it misses.</summary>
    private const int SharedPercentMax = 110;

    /// <summary>Decides all transfers of one block, or of blocks that follow each other.</summary>
    /// <param name="transfers">In block order; each decision counts for the ones after it.</param>
    /// <param name="stored">What <see cref="IChainStore.Read"/> has returned for these transfers.</param>
    /// <param name="now">Decides whether a session is past its end.</param>
    /// <param name="lateWindow">How long before the block a session may have ended and still be paid.</param>
    /// <returns>A decision for each transfer and each business that has used its recipient, in block order. A transfer
    /// to an address that no session has used has none.</returns>
    public static IReadOnlyList<TransferDecision> Match(
        IReadOnlyList<Transfer> transfers,
        IReadOnlyList<StoredRecipient> stored,
        DateTimeOffset now,
        TimeSpan lateWindow)
    {
        var byRecipient = transfers.Index().ToLookup(entry => entry.Item.To);
        var decisions = new List<(int Index, TransferDecision Decision)>();
        foreach (var recipient in stored)
        {
            var recorded = recipient.Recorded.ToDictionary(known => (known.TransactionId, known.Index));
            var sessions = new RecipientSessions(recipient, byRecipient[recipient.Recipient], now, lateWindow);
            foreach (var (index, transfer) in byRecipient[recipient.Recipient])
            {
                var known = recorded.GetValueOrDefault((transfer.TransactionId, transfer.Index));
                decisions.Add((index, known is null
                    ? Decide(transfer, recipient.BusinessId, sessions)
                    : Keep(transfer, recipient.BusinessId, known)));
            }
        }

        return [.. decisions.OrderBy(entry => entry.Index).Select(entry => entry.Decision)];
    }

    private static TransferDecision Keep(Transfer transfer, string businessId, RecordedTransfer known) =>
        known.SessionId is { } session
            ? new MatchedTransfer(
                transfer, businessId, true, session, known.RequiredConfirmations, IsAmbiguous: false, known.Stage)
            : new UnmatchedTransfer(transfer, businessId, true, known.Reason ?? UnmatchedReason.NoSession);

    private static TransferDecision Decide(Transfer transfer, string businessId, RecipientSessions sessions)
    {
        var offer = sessions.Offer(transfer);
        if (Choose(offer) is not { } choice)
            return new UnmatchedTransfer(transfer, businessId, false, ReasonOf(offer));

        choice.Session.Take(offer.Units);
        return new MatchedTransfer(
            transfer, businessId, false, choice.Session.Id, choice.Session.RequiredConfirmations, choice.IsAmbiguous,
            Stage: null);
    }

    /// <summary>The session that the transfer pays, or null.</summary>
    private static Choice? Choose(TransferOffer offer) =>
        (offer.Open.Count == 1 ? OfOnlyOpen(offer) : null) ?? OfOpen(offer) ?? OfEnded(offer);

    /// <summary>
    /// One session is open. It takes any part of what it still asks, so that a part shows as one; at a shared address
    /// it takes little more than that, so that a foreign transfer buys little.
    /// </summary>
    private static Choice? OfOnlyOpen(TransferOffer offer)
    {
        var only = offer.Open[0];
        if (!only.Asks(offer.Units) && offer.EndedThatAsk is [var newest, .. var older])
            return new Choice(newest, older.Length > 0);
        if (!only.Admits(offer.Units)) return null;

        var isDedicated = only.HasAssignedAddress || offer.Ended.Count == 0;
        return isDedicated || only.IsAtMostMissing(offer.Units, percent: SharedPercentMax)
            ? new Choice(only, IsAmbiguous: false)
            : null;
    }

    private static Choice? OfOpen(TransferOffer offer)
    {
        // Without a payment, the missing rest is the whole amount.
        var exact = offer.Open.FindAll(session => session.Misses(offer.Units));
        if (exact.Count > 0)
            return new Choice(exact.Find(session => session.HasNothing) ?? exact[0], exact.Count > 1);

        var within = offer.Open.FindAll(
            session => session.Admits(offer.Units) && session.IsPaidWithin(offer.Units));
        return within is [var only] ? new Choice(only, IsAmbiguous: false) : null;
    }

    private static Choice? OfEnded(TransferOffer offer)
    {
        if (offer.EndedThatAsk is [var newest, .. var older]) return new Choice(newest, older.Length > 0);
        return offer.Open.Count == 0 && offer.Ended is [var only] && only.Admits(offer.Units)
            ? new Choice(only, IsAmbiguous: false)
            : null;
    }

    private static UnmatchedReason ReasonOf(TransferOffer offer)
    {
        if (offer.Open.Count + offer.Ended.Count == 0) return UnmatchedReason.NoSession;
        return offer.Open.Concat(offer.Ended).Any(session => session.Admits(offer.Units))
            ? UnmatchedReason.Ambiguous
            : UnmatchedReason.Dust;
    }

    private readonly record struct Choice(OfferedSession Session, bool IsAmbiguous);
}
