using Bleepay.Grains.Chains;

namespace Bleepay.Silo.Storage.Chains;

/// <summary>The words of the API for the reasons in the table of unmatched payments.</summary>
internal static class UnmatchedWords
{
    public static string Text(UnmatchedReason reason) => reason switch
    {
        UnmatchedReason.NoSession => "no_session",
        UnmatchedReason.Ambiguous => "ambiguous",
        UnmatchedReason.Dust => "dust",
        UnmatchedReason.Refused => "refused",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };

    public static UnmatchedReason Reason(string text) => text switch
    {
        "no_session" => UnmatchedReason.NoSession,
        "ambiguous" => UnmatchedReason.Ambiguous,
        "dust" => UnmatchedReason.Dust,
        "refused" => UnmatchedReason.Refused,
        _ => throw new FormatException($"'{text}' is no reason of an unmatched payment."),
    };
}
