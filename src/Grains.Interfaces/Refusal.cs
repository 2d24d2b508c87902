using System.Collections.Immutable;

namespace Bleepay.Grains;

/// <summary>
/// An expected "no", as a value: what a caller may learn, with the codes of the HTTP contract.
/// </summary>
/// <param name="Code">Which refusal; the list is closed.</param>
/// <param name="Detail">One sentence for a person: what is wrong and what to do.</param>
/// <param name="Errors">For <see cref="RefusalCode.ValidationFailed"/>, every field at fault; else
/// empty.</param>
/// <param name="RetryAfterSeconds">When it is worth asking again, 1–60; null where time alone won't
/// help.</param>
/// <param name="Quota">For <see cref="RefusalCode.RateLimit"/>, what is used up.</param>
[GenerateSerializer, Immutable, Alias("bleepay.refusal")]
public sealed record Refusal(
    [property: Id(0)] RefusalCode Code,
    [property: Id(1)] string Detail,
    [property: Id(2)] ImmutableArray<FieldError> Errors,
    [property: Id(3)] int? RetryAfterSeconds = null,
    [property: Id(4)] Quota? Quota = null)
{
    public Refusal(RefusalCode code, string detail, int? retryAfterSeconds = null)
        : this(code, detail, [], retryAfterSeconds)
    {
    }

    /// <summary>A limit is reached, of which there will be more later.</summary>
    public static Refusal OverQuota(string detail, Quota quota, int retryAfterSeconds) =>
        new(RefusalCode.RateLimit, detail, [], retryAfterSeconds, quota);

    /// <summary>
    /// No such thing, or one of a business that the caller is no member of: the two look alike.
    /// </summary>
    public static Refusal NotFound(string what) =>
        new(RefusalCode.NotFound, $"There is no such {what}, or this credential has no access to it.");

    /// <summary>Every bad field of one request, in the order found.</summary>
    public static Refusal Validation(IEnumerable<FieldError> errors)
    {
        ImmutableArray<FieldError> all = [.. errors];
        var fields = all.Select(error => error.Path).Distinct().Count();
        var detail = fields == 1
            ? "1 field is not valid; see errors."
            : $"{fields} fields are not valid; see errors.";
        return new Refusal(RefusalCode.ValidationFailed, detail, all);
    }
}

/// <summary>How much there may be of something.</summary>
/// <param name="Policy">Names the limit to programs: a few lower-case words joined by hyphens.</param>
/// <param name="WindowSeconds">The time that it is counted over; null for what is open at once.</param>
[GenerateSerializer, Immutable, Alias("bleepay.quota")]
public sealed record Quota(
    [property: Id(0)] string Policy, [property: Id(1)] long Limit, [property: Id(2)] int? WindowSeconds = null);

/// <summary>One thing wrong with one field.</summary>
/// <param name="Path">The field's path in the request body, such as <c>metadata.orderId</c>.</param>
/// <param name="Message">What it must be, to be read after the field's name.</param>
[GenerateSerializer, Immutable, Alias("bleepay.field-error")]
public sealed record FieldError([property: Id(0)] string Path, [property: Id(1)] string Message);

/// <summary>Every way in which a request can be refused; each is one <c>code</c> of the API.</summary>
[GenerateSerializer, Alias("bleepay.refusal-code")]
public enum RefusalCode
{
    ValidationFailed = 0,
    CannotCancel = 1,
    Unauthorized = 2,
    DomainNotAllowed = 3,
    NotFound = 4,
    MethodNotAllowed = 5,
    IdempotencyConflict = 6,
    TooLarge = 7,
    UnsupportedMediaType = 8,
    RateLimit = 9,
    Unexpected = 10,
    Unavailable = 11,
    Forbidden = 12,
    PaymentConflict = 13,
    TooManyPayments = 14,
    CannotErase = 15,
}
