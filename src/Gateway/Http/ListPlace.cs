using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;

namespace Bleepay.Gateway.Http;

/// <summary>A place in a list, newest first: behind one of its items. On the wire a word without a meaning.</summary>
/// <param name="CreatedAt">Whole milliseconds.</param>
/// <param name="Id">Tells items of one millisecond apart.</param>
internal readonly record struct ListPlace(DateTimeOffset CreatedAt, string Id)
{
    /// <summary>The parameter of a query that holds it.</summary>
    public const string Parameter = "after";

    public const string Problem = "must be taken from a Link header as it is";

    /// <returns>Null for what no Link header has said.</returns>
    public static ListPlace? Parse(string text)
    {
        if (!Base64Url.IsValid(text)) return null;
        var parts = Encoding.ASCII.GetString(Base64Url.DecodeFromChars(text)).Split(' ');
        return parts.Length == 2
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
                ? new ListPlace(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds), parts[1])
                : null;
    }

    /// <summary>RFC 8288: the same list from there on. Relative, since proxies have names of their own.</summary>
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
