using Bleepay.Gateway.Http;
using Bleepay.Grains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Webhooks;
using Microsoft.AspNetCore.Http;

namespace Bleepay.Gateway.Webhooks;

/// <summary>Reads which deliveries are asked for, and says where the next page is.</summary>
internal static class DeliveryListRequest
{
    private static readonly Dictionary<string, DeliveryStatus> StatusOf =
        Enum.GetValues<DeliveryStatus>().ToDictionary(status => status.ToString().ToUpperInvariant());

    private static readonly string NotAStatus = $"must be one of {string.Join(", ", StatusOf.Keys)}";

    public static IReadOnlyList<string> Statuses { get; } = [.. StatusOf.Keys];

    /// <summary>What can't be read is added to the errors by its parameter's name.</summary>
    public static DeliveryQuery Read(IQueryCollection query, List<FieldError> errors)
    {
        var page = PageRequest.Read(query, errors);
        var after = Text(ListPlace.Parameter, value => Place(value) is null ? ListPlace.Problem : null);
        var status = Text("status", value => StatusOf.ContainsKey(value) ? null : NotAStatus);
        var endpoint = Text(
            "endpointId", value => Identifiers.IsEndpoint(value) ? null : "must be the id of a webhook endpoint");
        return new DeliveryQuery(
            page.Limit,
            page.Offset,
            page.Since,
            page.Until,
            after is null ? null : Place(after),
            status is null ? null : StatusOf[status],
            endpoint);

        string? Text(string name, Func<string, string?> check) => ListFilter.Read(query, name, check, errors);
    }

    public static string LinkTo(DeliveryPlace next, HttpRequest request) =>
        new ListPlace(next.CreatedAt, next.Key.Id).NextOf(request);

    private static DeliveryPlace? Place(string text) =>
        ListPlace.Parse(text) is { } place && DeliveryKey.Parse(place.Id) is { } key
            ? new DeliveryPlace(place.CreatedAt, key)
            : null;
}
