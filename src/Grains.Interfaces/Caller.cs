using System.Collections.Immutable;

namespace Bleepay.Grains;

/// <summary>
/// Who asks, as the gateway has established it or as the owner of the state has still to verify.
/// </summary>
[GenerateSerializer, Immutable, Alias("bleepay.caller")]
public abstract record Caller
{
    /// <summary>True when a valid token names this business, or reports payments for any.</summary>
    public bool IsMemberOf(string businessId) => this switch
    {
        Member member => member.BusinessIds.Contains(businessId, StringComparer.Ordinal),
        PaymentReporter { BusinessIds: { } own } => own.Contains(businessId, StringComparer.Ordinal),
        PaymentReporter => true,
        _ => false,
    };
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

/// <summary>Somebody who sent a client secret that only the widget itself can verify.</summary>
/// <param name="SecretHash">SHA-256 of the secret's UTF-8 bytes: the secret itself stays in the
/// gateway.</param>
[GenerateSerializer, Immutable, Alias("bleepay.caller.widget-secret")]
public sealed record WidgetSecretHolder([property: Id(0)] ImmutableArray<byte> SecretHash) : Caller;

/// <summary>The holder of one session's own secret, verified by the gateway before the call.</summary>
[GenerateSerializer, Immutable, Alias("bleepay.caller.session-secret")]
public sealed record SessionSecretHolder : Caller;
