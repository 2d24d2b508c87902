using Bleepay.Grains.Telemetry;

namespace Bleepay.Grains.Webhooks;

/// <summary>What a receiver has answered, or why it has not.</summary>
/// <param name="StatusCode">Null when there was no answer.</param>
/// <param name="RetryAfter">The answer's own header, from the time of the answer; null without one.</param>
/// <param name="Failure">In words for the merchant, when there was no answer.</param>
/// <param name="Fault">The same for metrics; null when there was an answer.</param>
public sealed record AttemptOutcome(
    int? StatusCode, string? ResponseBody, TimeSpan? RetryAfter, string? Failure, AttemptFault? Fault = null)
{
    /// <summary>Every word that <see cref="Word"/> may be.</summary>
    public static IReadOnlyList<string> Words { get; } =
    [
        Delivered, ClientError, ServerError, OtherStatus,
        .. Enum.GetValues<AttemptFault>().Select(fault => LabelWords.Lower(fault)),
    ];

    public bool IsSuccess => StatusCode is >= 200 and <= 299;

    /// <summary>The outcome as a label: one of a few, whatever the receiver answers.</summary>
    public string Word => StatusCode switch
    {
        null => LabelWords.Lower(Fault ?? AttemptFault.Broken),
        >= 200 and <= 299 => Delivered,
        >= 400 and <= 499 => ClientError,
        >= 500 and <= 599 => ServerError,
        _ => OtherStatus,
    };

    private const string Delivered = "delivered";
    private const string ClientError = "http_4xx";
    private const string ServerError = "http_5xx";
    private const string OtherStatus = "http_other";
}

/// <summary>Why there was no answer.</summary>
public enum AttemptFault
{
    /// <summary>The host has an address that nothing may be sent to.</summary>
    AddressRefused,

    /// <summary>No whole answer in time.</summary>
    Timeout,

    /// <summary>The host's name could not be resolved.</summary>
    Dns,

    /// <summary>The host took no connection.</summary>
    Connect,

    /// <summary>The TLS handshake failed.</summary>
    Tls,

    /// <summary>The connection broke, or the answer was not valid HTTP.</summary>
    Broken,

    /// <summary>Nothing was sent: the endpoint's secret is sealed under a key that this node lacks.</summary>
    NoSecret,
}
