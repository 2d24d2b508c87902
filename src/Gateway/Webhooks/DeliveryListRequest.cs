using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Bleepay.Grains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Webhooks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;

namespace Bleepay.Gateway.Webhooks;

/// <summary>Reads the query of the list of deliveries, and writes the way to its next page.</summary>
internal static class DeliveryListRequest
{
    private const string CursorName = "after";

    /// <summary>The last moment that the calendar has.</summary>
    private static readonly long TimeMax = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    private static readonly Dictionary<string, DeliveryStatus> Statuses = new()
    {
        ["PENDING"] = DeliveryStatus.Pending,
        ["RETRYING"] = DeliveryStatus.Retrying,
        ["DELIVERED"] = DeliveryStatus.Delivered,
        ["FAILED"] = DeliveryStatus.Failed,
    };

    public static (DeliveryQuery Query, IReadOnlyList<FieldError> Errors) Read(
        string? limit,
        string? offset,
        string? since,
        string? until,
        string? after,
        string? status,
        string? endpointId)
    {
        var errors = new List<FieldError>();
        var place = after is null ? null : Cursor(after);
        if (after is not null && place is null) errors.Add(new(CursorName, "must be the cursor of a Link header"));
        DeliveryStatus? wanted = null;
        if (status is not null)
        {
            if (Statuses.TryGetValue(status, out var known)) wanted = known;
            else errors.Add(new("status", $"must be one of: {string.Join(", ", Statuses.Keys)}"));
        }

        if (endpointId is not null && !Identifiers.IsEndpoint(endpointId))
            errors.Add(new("endpointId", "must be the id of a webhook endpoint"));
        var query = new DeliveryQuery(
            (int)(Number("limit", limit, 1, WebhookBounds.ListLimitMax) ?? WebhookBounds.ListLimitDefault),
            (int)(Number("offset", offset, 0, WebhookBounds.ListOffsetMax) ?? 0),
            Time("since", since),
            Time("until", until),
            place,
            wanted,
            endpointId);
        return (query, errors);

        DateTimeOffset? Time(string name, string? text) => Number(name, text, 0, TimeMax) is { } milliseconds
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : null;

        long? Number(string name, string? text, long min, long max)
        {
            if (text is null) return null;
            if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number >= min
                && number <= max)
                return number;
            errors.Add(new(name, string.Create(CultureInfo.InvariantCulture, $"must be a whole number, {min}–{max}")));
            return null;
        }
    }

    /// <summary>The same list, from behind this delivery (RFC 8288).</summary>
    public static string LinkTo(HttpRequest request, DeliverySummary last)
    {
        var cursor = Base64Url.EncodeToString(Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"{last.CreatedAt.ToUnixTimeMilliseconds()} {last.Key.Id}")));
        var query = new QueryBuilder(request.Query
            .Where(parameter => parameter.Key is not (CursorName or "offset"))
            .SelectMany(
                parameter => parameter.Value,
                (parameter, value) => KeyValuePair.Create(parameter.Key, value ?? "")))
        {
            { CursorName, cursor },
        };
        return $"<{request.PathBase}{request.Path}{query}>; rel=\"next\"";
    }

    private static DeliveryPlace? Cursor(string text)
    {
        if (!Base64Url.IsValid(text)) return null;
        var parts = Encoding.ASCII.GetString(Base64Url.DecodeFromChars(text)).Split(' ');
        return parts.Length == 2
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            && milliseconds <= TimeMax
            && DeliveryKey.Parse(parts[1]) is { } key
            ? new DeliveryPlace(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds), key)
            : null;
    }
}
