using Bleepay.Gateway.Http;
using Bleepay.Gateway.Http.Json;
using Bleepay.Grains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Webhooks;
using Microsoft.AspNetCore.Http;

namespace Bleepay.Gateway.Webhooks;

/// <summary>Reads which deliveries are asked for, and says where the next page is.</summary>
internal static class DeliveryListRequest
{
    public static IReadOnlyList<string> Statuses { get; } = ApiWords.Of<DeliveryStatus>();

    private static readonly string NotAStatus = $"must be one of {string.Join(", ", Statuses)}";

    /// <summary>What can't be read is added to the errors by its parameter's name.</summary>
    public static DeliveryQuery Read(IQueryCollection query, List<FieldError> errors)
    {
        var page = PageRequest.Read(query, errors);
        var after = Text(ListCursor.Parameter, value => Cursor(value) is null ? ListCursor.Problem : null);
        var status = Text("status", value => ApiWords.Parse<DeliveryStatus>(value) is null ? NotAStatus : null);
        var endpoint = Text(
            "endpointId", value => Identifiers.IsEndpoint(value) ? null : "must be the id of a webhook endpoint");
        return new DeliveryQuery(
            page.Limit,
            page.Offset,
            page.Since,
            page.Until,
            after is null ? null : Cursor(after),
            status is null ? null : ApiWords.Parse<DeliveryStatus>(status),
            endpoint);

        string? Text(string name, Func<string, string?> check) => ListFilter.Read(query, name, check, errors);
    }

    public static string LinkTo(DeliveryCursor next, HttpRequest request) =>
        new ListCursor(next.CreatedAt, next.Key.Id).NextOf(request);

    private static DeliveryCursor? Cursor(string text) =>
        ListCursor.Parse(text) is { } cursor && DeliveryKey.Parse(cursor.Id) is { } key
            ? new DeliveryCursor(cursor.CreatedAt, key)
            : null;
}
