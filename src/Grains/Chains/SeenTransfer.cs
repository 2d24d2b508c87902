namespace Bleepay.Grains.Chains;

/// <summary>A transfer of a block in the window that concerns a business, and what has been reported of it.</summary>
internal sealed class SeenTransfer(TransferDecision decision, string currency, int requiredByDefault)
{
    public TransferDecision Decision { get; private set; } = decision;

    public Transfer Transfer => Decision.Transfer;

    /// <summary>The token's symbol.</summary>
    public string Currency => currency;

    /// <summary>The session that takes it; null while none does.</summary>
    public string? SessionId { get; set; } = (decision as MatchedTransfer)?.SessionId;

    /// <summary>The confirmations that make it final.</summary>
    public int Required => (Decision as MatchedTransfer)?.RequiredConfirmations is > 0 and var required
        ? required
        : requiredByDefault;

    /// <summary>The confirmations that were reported last; negative before the first report.</summary>
    public int Reported { get; set; } = -1;

    public bool IsFinal { get; set; }

    /// <summary>The same transfer to the same business, in whatever block it is.</summary>
    public (string BusinessId, TransferRecipient To, string TransactionId, int Index, string Amount) Identity =>
        (Decision.BusinessId, Transfer.To, Transfer.TransactionId, Transfer.Index, Transfer.Amount);

    /// <summary>The session has refused it, and no retry changes that.</summary>
    public void Refuse()
    {
        Decision = new UnmatchedTransfer(Transfer, Decision.BusinessId, false, UnmatchedReason.Refused);
        SessionId = null;
    }
}
