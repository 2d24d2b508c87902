using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Bleepay.Grains;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;

namespace Bleepay.Gateway.Http;

/// <summary>A position in a list, newest first: after one of its items. Opaque to the client.</summary>
/// <param name="CreatedAt">Whole milliseconds.</param>
/// <param name="Id">Distinguishes items of one millisecond.</param>
internal readonly record struct ListCursor(DateTimeOffset CreatedAt, string Id)
{
    /// <summary>The query parameter that holds it.</summary>
    public const string Parameter = "after";

    /// <summary>
    /// The cursor of a query, or null; one that no Link header of the list has held is added to the errors.
    /// </summary>
    /// <param name="of">The cursor of this list, or null where the id is of something else.</param>
    public static T? Read<T>(IQueryCollection query, Func<ListCursor, T?> of, List<FieldError> errors)
        where T : class
    {
        T? cursor = null;
        ListFilter.Read(
            query, Parameter,
            text => (cursor = Parse(text) is { } parsed ? of(parsed) : null) is null
                ? "must be taken from a Link header as it is"
                : null,
            errors);
        return cursor;
    }

    private static ListCursor? Parse(string text)
    {
        if (!Base64Url.IsValid(text)) return null;
        var parts = Encoding.ASCII.GetString(Base64Url.DecodeFromChars(text)).Split(' ');
        return parts.Length == 2
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
                ? new ListCursor(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds), parts[1])
                : null;
    }

    /// <summary>RFC 8288: the same list from there on. Relative, since a proxy has another host name.</summary>
    public string NextOf(HttpRequest request)
    {
        var query = new QueryBuilder(request.Query
            .Where(parameter => parameter.Key is not (Parameter or PageRequest.OffsetParameter))
            .Select(parameter => KeyValuePair.Create(parameter.Key, parameter.Value.ToString())))
        {
            { Parameter, ToString() },
        };
        return $"<{request.PathBase.Add(request.Path).ToUriComponent()}{query.ToQueryString()}>; rel=\"next\"";
    }

    public override string ToString() => Base64Url.EncodeToString(Encoding.ASCII.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"{CreatedAt.ToUnixTimeMilliseconds()} {Id}")));
}
