using Bleepay.Grains.Sessions;

namespace Bleepay.Grains.Chains;

/// <summary>
/// One payment that no session took. It assigns the payment to one session at most. Its key is the payment's id.
/// </summary>
[GrainInterfaceType("bleepay.unmatched-payment"), Alias("bleepay.unmatched-payment")]
public interface IUnmatchedPaymentGrain : IGrainWithStringKey
{
    /// <summary>Assigns the payment to a session, which then records it.</summary>
    /// <returns>The session after it; <c>NotFound</c>; <c>Forbidden</c> (the caller is no
    /// <see cref="PaymentReporter"/>); the command's own refusal; <c>ValidationFailed</c> (<c>sessionId</c> is no
    /// session of the business that asks for this token at this address); <c>PaymentConflict</c> (another session has
    /// the payment); or the session's own refusal, and then the payment is not assigned. Safe to repeat with the same
    /// session.</returns>
    [Alias("Assign")]
    Task<Result<SessionView>> Assign(AssignPayment command);
}

/// <summary>A session for an unmatched payment.</summary>
/// <param name="BusinessId">The business in whose list the caller has found the payment.</param>
/// <param name="SessionId">Null only beside <paramref name="Unacceptable"/>.</param>
/// <param name="Unacceptable">Why the request's body is refused, if it is. Returned only to callers that may report
/// payments.</param>
[GenerateSerializer, Immutable, Alias("bleepay.assign-payment")]
public sealed record AssignPayment(
    [property: Id(0)] Caller Caller,
    [property: Id(1)] string BusinessId,
    [property: Id(2)] string? SessionId,
    [property: Id(3)] Refusal? Unacceptable);
