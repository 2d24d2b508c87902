using Bleepay.Gateway.Http;
using Bleepay.Grains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Sessions;
using Microsoft.AspNetCore.Http;

namespace Bleepay.Gateway.Sessions;

/// <summary>Reads which sessions are asked for, and says where the next page is.</summary>
internal static class SessionListRequest
{
    private static readonly Dictionary<string, PaymentStatus> StatusOf =
        Enum.GetValues<PaymentStatus>().ToDictionary(status => status.ToString().ToUpperInvariant());

    private static readonly string NotAStatus = $"must be one of {string.Join(", ", StatusOf.Keys)}";

    public static IReadOnlyList<string> Statuses { get; } = [.. StatusOf.Keys];

    /// <summary>What can't be read is added to the errors by its parameter's name.</summary>
    public static SessionQuery Read(IQueryCollection query, List<FieldError> errors)
    {
        var page = PageRequest.Read(query, errors);
        var status = Text("paymentStatus", value => StatusOf.ContainsKey(value) ? null : NotAStatus);
        var after = Text(ListPlace.Parameter, value => Place(value) is null ? ListPlace.Problem : null);
        return new SessionQuery(
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

        string? Text(string name, Func<string, string?> check) => ListFilter.Read(query, name, check, errors);
    }

    public static string LinkTo(SessionPlace next, HttpRequest request) =>
        new ListPlace(next.CreatedAt, next.Id).NextOf(request);

    private static SessionPlace? Place(string text) =>
        ListPlace.Parse(text) is { } place && Identifiers.IsSession(place.Id)
            ? new SessionPlace(place.CreatedAt, place.Id)
            : null;
}
