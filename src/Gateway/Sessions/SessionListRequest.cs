using Bleepay.Gateway.Http;
using Bleepay.Grains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Sessions;
using Microsoft.AspNetCore.Http;

namespace Bleepay.Gateway.Sessions;

/// <summary>Reads the filters of a list of sessions, and writes the link to the next page.</summary>
internal static class SessionListRequest
{
    /// <summary>What can't be read is added to the errors by its parameter's name.</summary>
    public static SessionQuery Read(IQueryCollection query, List<FieldError> errors)
    {
        var page = PageRequest.Read(query, errors);
        return new SessionQuery(
            Text("widgetId", value => Identifiers.IsWidget(value) ? null : "must be the id of a widget"),
            ListFilter.ReadWord<PaymentStatus>(query, "paymentStatus", errors),
            Text("network", FieldRules.Network),
            Text("currency", FieldRules.Currency),
            Text("customerReference", FieldRules.CustomerReference),
            Text("customerEmail", FieldRules.CustomerEmail),
            Text("depositAddress", FieldRules.DepositAddress),
            Text("txId", FieldRules.TransactionId),
            page.Since,
            page.Until,
            ListCursor.Read(query, CursorOf, errors),
            page.Limit,
            page.Offset);

        string? Text(string name, Func<string, string?> check) => ListFilter.Read(query, name, check, errors);
    }

    public static string LinkTo(SessionCursor next, HttpRequest request) =>
        new ListCursor(next.CreatedAt, next.Id).NextOf(request);

    private static SessionCursor? CursorOf(ListCursor cursor) =>
        Identifiers.IsSession(cursor.Id) ? new SessionCursor(cursor.CreatedAt, cursor.Id) : null;
}
