namespace Bleepay.Grains.Chains;

/// <summary>How a request to a provider has failed.</summary>
internal enum RpcFault
{
    /// <summary>No connection, or one that broke off.</summary>
    Transport,

    /// <summary>No whole answer within <c>RequestTimeout</c>.</summary>
    Timeout,

    /// <summary>An HTTP status other than 200.</summary>
    HttpStatus,

    /// <summary>An answer that is no JSON-RPC answer to the request, or not the data that it should be.</summary>
    Unreadable,

    /// <summary>An answer of more bytes than are read.</summary>
    TooLarge,

    /// <summary>An error of JSON-RPC.</summary>
    Error,

    /// <summary>Fewer blocks or logs have to be requested at once.</summary>
    RangeRefused,

    /// <summary>The provider answers no batches of requests.</summary>
    BatchRefused,

    /// <summary>The provider serves another chain than the network's.</summary>
    OtherChain,

    /// <summary>Data of another block than was requested, or nothing where there must be something.</summary>
    Inconsistent,
}

/// <summary>
/// A request to a provider has failed. Its text names the provider's host and nothing else of its URL, nor what the
/// provider sends, which may repeat the URL.
/// </summary>
internal sealed class RpcException : Exception
{
    public RpcException(string host, string method, RpcFault fault, int? code = null, TimeSpan? retryAfter = null)
        : base($"{method} of {host} has failed: {fault}{(code is null ? "" : $" {code}")}.")
    {
        Fault = fault;
        Code = code;
        RetryAfter = retryAfter;
    }

    public RpcFault Fault { get; }

    /// <summary>The HTTP status, or the code of the JSON-RPC error.</summary>
    public int? Code { get; }

    /// <summary>As the provider has sent it; null without one.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>True where the answer would have been larger than the provider, or this service, allows.</summary>
    public bool IsTooMuch =>
        Fault is RpcFault.RangeRefused or RpcFault.TooLarge || (Fault == RpcFault.HttpStatus && Code == 413);

    /// <summary>True where a smaller range may be answered.</summary>
    public bool MayBeTheRange => IsTooMuch || Fault == RpcFault.Timeout;

    /// <summary>True where a smaller batch may be answered, or a single request.</summary>
    public bool MayBeTheBatch => MayBeTheRange || Fault is RpcFault.BatchRefused or RpcFault.Unreadable;
}
