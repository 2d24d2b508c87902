using System.Collections.Immutable;

namespace Bleepay.Grains.Webhooks;

/// <summary>The types of events, as the API names them.</summary>
public static class EventTypes
{
    public const string Created = "deposit.created";
    public const string Pending = "deposit.pending";
    public const string Confirmed = "deposit.confirmed";
    public const string Expired = "deposit.expired";
    public const string Underpaid = "deposit.underpaid";
    public const string Overpaid = "deposit.overpaid";
    public const string PaidLate = "deposit.paid_late";

    /// <summary>A payment to an address of the business that no session took.</summary>
    public const string Unmatched = "deposit.unmatched";

    /// <summary>May be subscribed to and is never sent.</summary>
    public const string Failed = "deposit.failed";

    /// <summary>Every type that is sent.</summary>
    public static readonly ImmutableArray<string> Sent =
        [Created, Pending, Confirmed, Expired, Underpaid, Overpaid, PaidLate, Unmatched];

    /// <summary>Every type that an endpoint may subscribe to.</summary>
    public static readonly ImmutableArray<string> All = [.. Sent, Failed];
}
