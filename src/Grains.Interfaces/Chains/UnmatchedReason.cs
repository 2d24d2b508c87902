namespace Bleepay.Grains.Chains;

/// <summary>Why no session took a transfer.</summary>
[GenerateSerializer, Alias("bleepay.unmatched-reason")]
public enum UnmatchedReason
{
    /// <summary>No session at the address could still be paid.</summary>
    NoSession = 0,

    /// <summary>Sessions at the address could be paid, and the amount does not show which of them is meant.</summary>
    Ambiguous = 1,

    /// <summary>The transfer is a tiny part of what any session at the address asks.</summary>
    Dust = 2,

    /// <summary>The session that it was meant for refused it.</summary>
    Refused = 3,
}
