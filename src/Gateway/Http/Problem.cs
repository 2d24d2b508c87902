using Bleepay.Gateway.Http.Json;
using Bleepay.Gateway.Limits;
using Bleepay.Grains;
using Bleepay.Grains.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Bleepay.Gateway.Http;

/// <summary>
/// The body of every error: problem details (RFC 9457) with a code that programs can act on.
/// </summary>
/// <param name="Type">Always <c>about:blank</c>; the code identifies the kind of problem.</param>
/// <param name="Title">A short summary, the same for every problem with this code.</param>
/// <param name="Status">The HTTP status, repeated.</param>
/// <param name="Code">One of a closed list, for programs.</param>
/// <param name="Detail">What is wrong with this request, and how to fix it.</param>
/// <param name="Errors">Every bad field by its path in the body, or null.</param>
/// <param name="RequestId">The id of this request in the service's log.</param>
internal sealed record Problem(
    string Type,
    string Title,
    int Status,
    string Code,
    string Detail,
    IReadOnlyDictionary<string, string[]>? Errors,
    string RequestId);

/// <summary>The answer to a request that is refused.</summary>
internal sealed partial class ProblemResult(Refusal refusal) : IResult
{
    public const string ContentType = "application/problem+json";

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var kind = ProblemKind.Of(refusal.Code);
        var response = httpContext.Response;
        response.StatusCode = kind.Status;
        if (refusal.RetryAfterSeconds is { } seconds) response.Headers.RetryAfter = seconds.ToString(Invariant);
        if (refusal.Quota is { } quota)
            RateLimitHeaders.Add(response.Headers, quota, remaining: 0, refusal.RetryAfterSeconds ?? 1);
        if (kind.Status == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = Challenge(httpContext.Request);

        LogRefused(
            httpContext.RequestServices.GetRequiredService<ILogger<ProblemResult>>(),
            httpContext.TraceIdentifier, kind.Status, kind.Code);
        GatewayInstruments.Refused(kind.Code);
        Traces.Tag("bleepay.code", kind.Code);
        var problem = new Problem(
            "about:blank", kind.Title, kind.Status, kind.Code, refusal.Detail, Errors(), httpContext.TraceIdentifier);
        return new JsonAnswer<Problem>(problem, ApiJson.Types.Problem).Write(response, ContentType);
    }

    /// <summary>RFC 6750 §3: the expected scheme, and whether the request had an invalid token.</summary>
    private static string Challenge(HttpRequest request) =>
        Credentials.Credential.HasBearer(request) ? "Bearer error=\"invalid_token\"" : "Bearer";

    private Dictionary<string, string[]>? Errors() => refusal.Errors.IsDefaultOrEmpty
        ? null
        : refusal.Errors
            .GroupBy(error => error.Path)
            .ToDictionary(field => field.Key, field => field.Select(error => error.Message).ToArray());

    [LoggerMessage(LogLevel.Information, "Request {RequestId} was refused with {Status} {Code}")]
    private static partial void LogRefused(ILogger logger, string requestId, int status, string code);

    private static readonly IFormatProvider Invariant = System.Globalization.CultureInfo.InvariantCulture;
}

/// <summary>The HTTP status, code and title of a refusal.</summary>
internal sealed record ProblemKind(int Status, string Code, string Title)
{
    public static ProblemKind Of(RefusalCode code) => code switch
    {
        RefusalCode.ValidationFailed => new(400, "validation_failed", "Validation failed"),
        RefusalCode.CannotCancel => new(400, "cannot_cancel", "The session can't be cancelled"),
        RefusalCode.CannotErase => new(400, "cannot_erase", "The customer's data can't be erased yet"),
        RefusalCode.TooManyPayments => new(400, "too_many_payments", "The session can't record more payments"),
        RefusalCode.Unauthorized => new(401, "unauthorized", "A valid credential is required"),
        RefusalCode.DomainNotAllowed => new(403, "domain_not_allowed", "The domain is not allowed"),
        RefusalCode.Forbidden => new(403, "forbidden", "The token lacks the scope"),
        RefusalCode.NotFound => new(404, "not_found", "Not found"),
        RefusalCode.MethodNotAllowed => new(405, "method_not_allowed", "Method not allowed"),
        RefusalCode.IdempotencyConflict => new(409, "idempotency_conflict", "The key was used with another body"),
        RefusalCode.PaymentConflict => new(409, "payment_conflict", "The payment is recorded with another amount"),
        RefusalCode.TooLarge => new(413, "too_large", "The body is too large"),
        RefusalCode.UnsupportedMediaType => new(415, "unsupported_media_type", "The body must be JSON"),
        RefusalCode.RateLimit => new(429, "rate_limit", "Too many requests"),
        RefusalCode.Unexpected => new(500, "unexpected", "Unexpected failure"),
        RefusalCode.Unavailable => new(503, "unavailable", "The service is unavailable"),
        _ => throw new ArgumentOutOfRangeException(nameof(code), code, null),
    };
}
