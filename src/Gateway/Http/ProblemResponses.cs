using System.Data.Common;
using Bleepay.Gateway.Health;
using Bleepay.Gateway.Http.Json;
using Bleepay.Grains;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Bleepay.Gateway.Http;

/// <summary>Errors that no handler has answered: unknown routes, wrong methods, exceptions.</summary>
internal sealed partial class ProblemResponses(ClockWatch clock, ILogger<ProblemResponses> logger)
    : IExceptionHandler
{
    private const int RetryAfterSeconds = 2;

    private static readonly Refusal Unexpected = new(
        RefusalCode.Unexpected,
        "The service failed; the request is not at fault. Retry it, and quote requestId in a report.");

    private static readonly Refusal Unavailable = new(
        RefusalCode.Unavailable, "The service is unavailable at the moment. Retry the request.",
        RetryAfterSeconds);

    /// <summary>Gives a body to an answer that has only a status, as routing leaves it.</summary>
    public static Task ForStatus(StatusCodeContext context)
    {
        var http = context.HttpContext;
        var refusal = http.Response.StatusCode switch
        {
            StatusCodes.Status401Unauthorized => Refusals.Unauthorized,
            StatusCodes.Status404NotFound => new Refusal(
                RefusalCode.NotFound, $"This path does not exist. {ReadTheDescription}"),
            StatusCodes.Status405MethodNotAllowed => new Refusal(
                RefusalCode.MethodNotAllowed, $"This path has no {http.Request.Method}. {ReadTheDescription}"),
            StatusCodes.Status413PayloadTooLarge => Refusals.TooLarge,
            StatusCodes.Status415UnsupportedMediaType => Refusals.NotJson,
            >= 500 => Unexpected,
            _ => new Refusal(RefusalCode.ValidationFailed, "The request is not valid HTTP for this path."),
        };
        return new ProblemResult(refusal).ExecuteAsync(http);
    }

    public async ValueTask<bool> TryHandleAsync(
        HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (httpContext.RequestAborted.IsCancellationRequested) return true;

        var refusal = exception switch
        {
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Refusals.TooLarge,
            BadHttpRequestException => new Refusal(
                RefusalCode.ValidationFailed, "The body ended early or is not as its headers announce."),
            _ when IsPassing(exception) || clock.IsSetBack => Unavailable,
            _ => Unexpected,
        };
        if (refusal == Unexpected) LogUnexpected(exception, httpContext.TraceIdentifier);
        else if (refusal == Unavailable) LogUnavailable(exception, httpContext.TraceIdentifier);
        await new ProblemResult(refusal).ExecuteAsync(httpContext);
        return true;
    }

    /// <summary>
    /// True for a transient failure: the store or a silo that can't be reached, or a write whose outcome is
    /// unknown. Nothing acknowledged is lost by any of them. A value that the database can't take (SQLSTATE
    /// class 22, "data exception") is a bug and never transient, whatever it is wrapped in.
    /// </summary>
    public static bool IsPassing(Exception exception)
    {
        var isPassing = false;
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is DbException { SqlState: ['2', '2', ..] }) return false;
            isPassing |= cause is UnavailableException or OrleansException or TimeoutException or DbException
                || cause.Message.StartsWith(NotActivated, StringComparison.Ordinal);
        }

        return isPassing;
    }

    /// <summary>
    /// A grain can't be activated at a silo whose clock was set back. That silo is about to end, and the next request
    /// finds the grain elsewhere. Orleans throws a plain ArgumentException (ActivationCollector, 10.4.2).
    /// </summary>
    private const string NotActivated = "The earliest collection that can be scheduled from now is for";

    private const string ReadTheDescription = "The reference of the API is at /docs.";

    [LoggerMessage(LogLevel.Error, "Request {RequestId} failed")]
    private partial void LogUnexpected(Exception exception, string requestId);

    [LoggerMessage(LogLevel.Warning, "Request {RequestId} could not be served")]
    private partial void LogUnavailable(Exception exception, string requestId);
}

/// <summary>The refusals that the gateway makes without a grain.</summary>
internal static class Refusals
{
    public static readonly Refusal Unauthorized = new(
        RefusalCode.Unauthorized,
        "Send a valid token as 'Authorization: Bearer …', or a secret as 'X-Client-Secret' if the route accepts one.");

    public static readonly Refusal TooLarge = new(
        RefusalCode.TooLarge, $"The body must be at most {JsonBody.BytesMax} bytes.");

    public static readonly Refusal NotJson = new(
        RefusalCode.UnsupportedMediaType, "Send the body as 'Content-Type: application/json', in UTF-8.");
}
