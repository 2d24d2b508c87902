using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Bleepay.Gateway.Http;
using Bleepay.Grains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Sessions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;

namespace Bleepay.Gateway.Sessions;

/// <summary>Reads which sessions are asked for, and says where the next page is.</summary>
internal static class SessionListRequest
{
    private const string After = "after";
    private const string Offset = "offset";

    private static readonly Dictionary<string, PaymentStatus> StatusOf =
        Enum.GetValues<PaymentStatus>().ToDictionary(status => status.ToString().ToUpperInvariant());

    private static readonly string NotAStatus = $"must be one of {string.Join(", ", StatusOf.Keys)}";

    public static IReadOnlyList<string> Statuses { get; } = [.. StatusOf.Keys];

    /// <summary>What can't be read is added to the errors by its parameter's name.</summary>
    public static SessionQuery Read(string businessId, IQueryCollection query, List<FieldError> errors)
    {
        var page = PageRequest.Read(query, errors);
        var status = Text("paymentStatus", value => StatusOf.ContainsKey(value) ? null : NotAStatus);
        var after = Text(After, value => Place(value) is null ? "must be taken from a Link header as it is" : null);
        return new SessionQuery(
            businessId,
            Text("widgetId", value => Identifiers.IsWidget(value) ? null : "must be the id of a widget"),
            status is null ? null : StatusOf[status],
            Text("network", FieldRules.Network),
            Text("currency", FieldRules.Currency),
            Text("customerReference", FieldRules.CustomerReference),
            Text("customerEmail", FieldRules.CustomerEmail),
            Text("depositAddress", FieldRules.DepositAddress),
            Text("txId", FieldRules.TransactionId),
            page.Since,
            page.Until,
            after is null ? null : Place(after),
            page.Limit,
            page.Offset);

        string? Text(string name, Func<string, string?> check)
        {
            if (!query.TryGetValue(name, out var values)) return null;
            var problem = values is [{ } value] ? check(value) : "must be given once";
            if (problem is null) return values[0];
            errors.Add(new(name, problem));
            return null;
        }
    }

    /// <summary>RFC 8288: the same list from there on. Relative, since proxies have names of their own.</summary>
    public static string LinkTo(SessionPlace next, HttpRequest request)
    {
        var query = new QueryBuilder(request.Query
            .Where(parameter => parameter.Key is not (After or Offset))
            .Select(parameter => KeyValuePair.Create(parameter.Key, parameter.Value.ToString())))
        {
            { After, Text(next) },
        };
        return $"<{request.PathBase.Add(request.Path).ToUriComponent()}{query.ToQueryString()}>; rel=\"next\"";
    }

    private static string Text(SessionPlace place) => Base64Url.EncodeToString(Encoding.ASCII.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"{place.CreatedAt.ToUnixTimeMilliseconds()} {place.Id}")));

    private static SessionPlace? Place(string text)
    {
        if (!Base64Url.IsValid(text)) return null;
        var parts = Encoding.ASCII.GetString(Base64Url.DecodeFromChars(text)).Split(' ');
        return parts.Length == 2
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            && Identifiers.IsSession(parts[1])
                ? new SessionPlace(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds), parts[1])
                : null;
    }
}
