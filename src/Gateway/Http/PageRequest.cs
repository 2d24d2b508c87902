using System.Globalization;
using Bleepay.Grains;
using Microsoft.AspNetCore.Http;

namespace Bleepay.Gateway.Http;

/// <summary>Which part of a list is asked for, newest first.</summary>
/// <param name="Limit">1–<see cref="ListBounds.LimitMax"/>.</param>
/// <param name="Offset">How many of the newest are skipped, 0–<see cref="ListBounds.OffsetMax"/>.</param>
/// <param name="Since">Only what was created after this time; to the millisecond, exclusive.</param>
/// <param name="Until">Only what was created before this time; to the millisecond, exclusive.</param>
internal sealed record PageRequest(int Limit, int Offset, DateTimeOffset? Since, DateTimeOffset? Until)
{
    public const string OffsetParameter = "offset";
    public const int LimitDefault = 100;

    private const string TooDeep = "; deeper pages are read with after, from the Link header";

    private static readonly long TimeMax = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>Reads the query. What can't be read is added to the errors by its parameter's name.</summary>
    /// <param name="hasTimes">False for a list that is not in the order of creation and has no cursor.</param>
    public static PageRequest Read(IQueryCollection query, List<FieldError> errors, bool hasTimes = true) => new(
        (int)(Number(query, "limit", 1, ListBounds.LimitMax, errors) ?? LimitDefault),
        (int)(Number(query, OffsetParameter, 0, ListBounds.OffsetMax, errors, hasTimes ? TooDeep : "") ?? 0),
        hasTimes ? Time(query, "since", errors) : null,
        hasTimes ? Time(query, "until", errors) : null);

    /// <summary>The part of a list that is small enough to be at hand as a whole, newest first.</summary>
    public IEnumerable<T> Of<T>(IEnumerable<T> all, Func<T, DateTimeOffset> createdAt) => all
        .Where(one => !(createdAt(one).ToUnixTimeMilliseconds() <= Since?.ToUnixTimeMilliseconds()))
        .Where(one => !(createdAt(one).ToUnixTimeMilliseconds() >= Until?.ToUnixTimeMilliseconds()))
        .Skip(Offset)
        .Take(Limit);

    private static DateTimeOffset? Time(IQueryCollection query, string name, List<FieldError> errors) =>
        Number(query, name, 0, TimeMax, errors) is { } milliseconds
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : null;

    /// <param name="advice">What to do instead, at the end of the sentence.</param>
    private static long? Number(
        IQueryCollection query, string name, long min, long max, List<FieldError> errors, string advice = "")
    {
        if (!query.TryGetValue(name, out var values)) return null;
        if (values is [{ } text]
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= min && number <= max)
            return number;

        errors.Add(new(name, $"must be given once, as a whole number {min}–{max}{advice}"));
        return null;
    }
}
