using System.Collections.Immutable;

namespace Bleepay.Grains;

/// <summary>
/// The caller, verified by the gateway or still to be verified by the owner of the state. Every grain method that the
/// gateway calls takes one, and the grain decides by it whether the call may see or change anything.
/// </summary>
[GenerateSerializer, Immutable, Alias("bleepay.caller")]
public abstract record Caller
{
    /// <summary>True when a valid token names this business.</summary>
    public bool IsMemberOf(string businessId) =>
        this is Member member && member.BusinessIds.Contains(businessId, StringComparer.Ordinal);

    /// <summary>True for a reporter of payments of this business, or of every business.</summary>
    public bool ReportsFor(string businessId) =>
        this is PaymentReporter reporter
        && (reporter.BusinessIds is not { } own || own.Contains(businessId, StringComparer.Ordinal));
}

/// <summary>The holder of a valid JWT.</summary>
/// <param name="BusinessIds">The businesses of the token's <c>business_id</c> claim.</param>
[GenerateSerializer, Immutable, Alias("bleepay.caller.member")]
public sealed record Member([property: Id(0)] ImmutableArray<string> BusinessIds) : Caller;

/// <summary>
/// The holder of a valid JWT who may report payments. No other call is made in this name.
/// </summary>
/// <param name="BusinessIds">Those of the token's <c>business_id</c> claim; null without one, which stands for
/// every business.</param>
[GenerateSerializer, Immutable, Alias("bleepay.caller.payment-reporter")]
public sealed record PaymentReporter([property: Id(0)] ImmutableArray<string>? BusinessIds) : Caller;

/// <summary>The sender of a client secret that only the widget can verify.</summary>
/// <param name="SecretHash">SHA-256 of the secret's UTF-8 bytes: the secret itself stays in the
/// gateway.</param>
[GenerateSerializer, Immutable, Alias("bleepay.caller.widget-secret")]
public sealed record WidgetSecretHolder([property: Id(0)] ImmutableArray<byte> SecretHash) : Caller;

/// <summary>The holder of one session's own secret, verified by the gateway before the call.</summary>
[GenerateSerializer, Immutable, Alias("bleepay.caller.session-secret")]
public sealed record SessionSecretHolder : Caller;
