namespace Bleepay.Grains.Sessions;

/// <summary>Where a session stands, in the six words of the API.</summary>
[GenerateSerializer, Alias("bleepay.payment-status")]
public enum PaymentStatus
{
    /// <summary>Nothing has been seen on the chain.</summary>
    Created = 0,

    /// <summary>A payment was seen and is not final yet.</summary>
    Pending = 1,

    /// <summary>Final payments add up to less than the amount.</summary>
    Underpaid = 2,

    /// <summary>Paid. Final.</summary>
    Confirmed = 3,

    /// <summary>Paid, and more than asked. Final.</summary>
    Overpaid = 4,

    /// <summary>The time passed short of a payment, or the session was cancelled. Final.</summary>
    Expired = 5,
}

/// <summary>What brought a change about.</summary>
[GenerateSerializer, Alias("bleepay.change-cause")]
public enum ChangeCause
{
    Opened = 0,
    Timeout = 1,
    Cancelled = 2,
}
