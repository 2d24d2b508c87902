using Bleepay.Gateway.Http;
using Bleepay.Grains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Webhooks;
using Microsoft.AspNetCore.Http;

namespace Bleepay.Gateway.Webhooks;

/// <summary>Reads the filters of a list of deliveries, and writes the link to the next page.</summary>
internal static class DeliveryListRequest
{
    /// <summary>What can't be read is added to the errors by its parameter's name.</summary>
    public static DeliveryQuery Read(IQueryCollection query, List<FieldError> errors)
    {
        var page = PageRequest.Read(query, errors);
        return new DeliveryQuery(
            page.Limit,
            page.Offset,
            page.Since,
            page.Until,
            ListCursor.Read(query, CursorOf, errors),
            ListFilter.ReadWord<DeliveryStatus>(query, "status", errors),
            ListFilter.Read(
                query, "endpointId",
                value => Identifiers.IsEndpoint(value) ? null : "must be the id of a webhook endpoint", errors));
    }

    public static string LinkTo(DeliveryCursor next, HttpRequest request) =>
        new ListCursor(next.CreatedAt, next.Key.Id).NextOf(request);

    private static DeliveryCursor? CursorOf(ListCursor cursor) =>
        DeliveryKey.Parse(cursor.Id) is { } key ? new DeliveryCursor(cursor.CreatedAt, key) : null;
}
