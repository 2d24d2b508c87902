using Bleepay.Grains.Chains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Sessions;

namespace Bleepay.Tests.Grains.Chains;

/// <summary>Sessions and transfers for tests of the matching rule. Times are minutes from noon.</summary>
internal static class Matching
{
    public const string Business = "biz_a";

    public static readonly DateTimeOffset Noon = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(30);
    public static readonly TimeSpan LateWindow = TimeSpan.FromHours(24);
    public static readonly TransferRecipient Recipient = new(
        "0x3c499c542cef5e3811e1192ce70d8cc03d5c3359", "0x1111111111111111111111111111111111111111");

    /// <summary>An open session at noon, created this number of minutes before.</summary>
    public static PayableSession Open(
        string id, string amount, string standing = "0", double age = 10, bool assigned = false,
        string? tolerance = null) => new(
        id,
        standing == "0" ? PaymentStatus.Created : PaymentStatus.Pending,
        Amount.Parse(amount),
        Amount.Parse(standing),
        tolerance,
        12,
        assigned,
        Noon.AddMinutes(-age),
        Noon.AddMinutes(-age) + Lifetime,
        EndedAt: null);

    /// <summary>A session that expired this number of minutes before noon.</summary>
    public static PayableSession Ended(
        string id, string amount, string standing = "0", double minutes = 60, bool assigned = false)
    {
        var session = Open(id, amount, standing, minutes + Lifetime.TotalMinutes, assigned);
        return session with { Status = PaymentStatus.Expired, EndedAt = session.ExpiresAt };
    }

    /// <summary>A transfer in a block of noon.</summary>
    public static Transfer Pay(string amount, string transactionId = "0xa", int index = 0, double minutes = 0) => new(
        "polygon", Recipient, transactionId, index, amount, "0xpayer", 100, "0xblock", Noon.AddMinutes(minutes));

    public static StoredRecipient Stored(params PayableSession[] sessions) =>
        new(Business, Recipient, [.. sessions], []);

    /// <summary>The decisions at noon in short: <c>a</c>, <c>a?</c> when ambiguous, or <c>-dust</c>.</summary>
    public static string Decide(PayableSession[] sessions, params Transfer[] transfers) => string.Join(
        ' ', PaymentMatching.Match(transfers, [Stored(sessions)], Noon, LateWindow).Select(Short));

    public static string Short(TransferDecision decision) => decision switch
    {
        MatchedTransfer matched => matched.SessionId + (matched.IsAmbiguous ? "?" : ""),
        UnmatchedTransfer { Reason: UnmatchedReason.NoSession } => "-none",
        UnmatchedTransfer { Reason: UnmatchedReason.Ambiguous } => "-ambiguous",
        UnmatchedTransfer { Reason: UnmatchedReason.Dust } => "-dust",
        _ => "-refused",
    };
}
