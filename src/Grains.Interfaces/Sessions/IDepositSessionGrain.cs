using System.Collections.Immutable;

namespace Bleepay.Grains.Sessions;

/// <summary>
/// One deposit session, the only writer of its state. Its key is the session's id.
/// </summary>
[GrainInterfaceType(IDepositSessionGrain.TypeName), Alias(IDepositSessionGrain.TypeName)]
public interface IDepositSessionGrain : IGrainWithStringKey
{
    const string TypeName = "bleepay.deposit-session";

    /// <summary>Creates the session, or returns the one that the same request created before.</summary>
    /// <returns>The session as stored; <c>IdempotencyConflict</c> (same key, other body); the command's own
    /// <see cref="CreateDepositSession.Refusal"/> when the session does not exist; <c>RateLimit</c> when a cap of the
    /// widget is reached, or no deposit address is free. Safe to repeat.</returns>
    [Alias("Create")]
    Task<Result<SessionView>> Create(CreateDepositSession command);

    /// <summary>
    /// The session as it is now, or <c>NotFound</c>. One that is returned as expired is stored as expired.
    /// </summary>
    [Alias("Read")]
    Task<Result<SessionView>> Read(Caller caller);

    /// <summary>Ends a session that waits for its payment.</summary>
    /// <returns>The session, now expired; <c>NotFound</c>, or <c>CannotCancel</c> past CREATED and
    /// PENDING.</returns>
    [Alias("Cancel")]
    Task<Result<SessionView>> Cancel(Caller caller);

    /// <summary>
    /// Erases the customer's e-mail address, reference and metadata from a final session and from its stored webhooks.
    /// </summary>
    /// <returns>The session after it; <c>NotFound</c>, or <c>CannotErase</c> for a session that is not final. Safe to
    /// repeat: the second call changes nothing.</returns>
    [Alias("EraseCustomer")]
    Task<Result<SessionView>> EraseCustomer(Caller caller);

    /// <summary>Takes in what a chain shows of a payment to this session.</summary>
    /// <returns>The session after it; <c>NotFound</c>, <c>Forbidden</c> (the caller is no
    /// <see cref="PaymentReporter"/>), the command's own refusal, <c>PaymentConflict</c> (the same payment with
    /// another amount), or <c>TooManyPayments</c> (a payment beyond those that a session records). Safe to repeat, in
    /// any order: what is settled stays so.</returns>
    [Alias("ReportPayment")]
    Task<Result<SessionView>> ReportPayment(ReportPayment command);

    /// <summary>
    /// Notifies the observer of every change from now on, for <see cref="SessionFollowing.ForgetAfter"/>. A session
    /// that is past its end expires by this call, if its reminder is late.
    /// </summary>
    /// <returns>The session as it is stored now, or <c>NotFound</c>. Repeated, it renews.</returns>
    [Alias("Follow")]
    Task<Result<SessionView>> Follow(Caller caller, ISessionObserver observer);
}

/// <summary>What a session keeps from its widget and its request from its creation on.</summary>
/// <param name="BusinessId">The widget's owner at the time.</param>
/// <param name="SecretKeyId">Which server key the session's secret is derived from.</param>
/// <param name="Fingerprint">SHA-256 of the body's known fields when the id comes from an idempotency key;
/// empty for a random id, which can only meet itself again.</param>
/// <param name="Refusal">Set when the widget refuses to create a session: then only a session that is already
/// there is returned.</param>
/// <param name="Terms">Null only beside a <paramref name="Refusal"/>.</param>
/// <param name="Addresses">Set when the deposit address is to be chosen: it replaces the one of the terms.</param>
[GenerateSerializer, Immutable, Alias("bleepay.create-deposit-session")]
public sealed record CreateDepositSession(
    [property: Id(0)] string BusinessId,
    [property: Id(1)] string WidgetId,
    [property: Id(2)] SessionTerms? Terms,
    [property: Id(3)] string SecretKeyId,
    [property: Id(4)] ImmutableArray<byte> Fingerprint,
    [property: Id(5)] string? UnderpaymentTolerancePercent,
    [property: Id(6)] OpenSessionCaps Caps,
    [property: Id(7)] Refusal? Refusal,
    [property: Id(8)] AddressPool? Addresses = null);

/// <summary>The deposit addresses of which a new session gets one for itself.</summary>
/// <param name="Addresses">EVM addresses, at least one; of those that no session has used the first is
/// preferred.</param>
/// <param name="Rest">For how long after a session's end its address is not given to another.</param>
[GenerateSerializer, Immutable, Alias("bleepay.address-pool")]
public sealed record AddressPool(
    [property: Id(0)] ImmutableArray<string> Addresses, [property: Id(1)] TimeSpan Rest)
{
    /// <summary>The word that a request has in place of an address.</summary>
    public const string Auto = "auto";
}

/// <summary>How many sessions may be open at once; null where there is no cap.</summary>
/// <param name="PerWidget">Over all sessions of the widget.</param>
/// <param name="PerReference">Over those with the same customer reference.</param>
[GenerateSerializer, Immutable, Alias("bleepay.open-session-caps")]
public readonly record struct OpenSessionCaps([property: Id(0)] int? PerWidget, [property: Id(1)] int? PerReference);
