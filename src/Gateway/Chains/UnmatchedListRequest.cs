using Bleepay.Gateway.Http;
using Bleepay.Grains;
using Bleepay.Grains.Chains;
using Bleepay.Grains.Fields;
using Microsoft.AspNetCore.Http;

namespace Bleepay.Gateway.Chains;

/// <summary>Reads the filters of a list of unmatched payments, and writes the link to the next page.</summary>
internal static class UnmatchedListRequest
{
    public const string AssignedParameter = "assigned";

    public static readonly IReadOnlyList<string> Truths = ["true", "false"];

    /// <summary>What can't be read is added to the errors by its parameter's name.</summary>
    public static UnmatchedQuery Read(IQueryCollection query, List<FieldError> errors)
    {
        var page = PageRequest.Read(query, errors);
        var assigned = ListFilter.Read(
            query, AssignedParameter, value => Truths.Contains(value) ? null : "must be true or false", errors);
        return new UnmatchedQuery(
            assigned == "true", page.Since, page.Until, ListCursor.Read(query, CursorOf, errors), page.Limit,
            page.Offset);
    }

    public static string LinkTo(UnmatchedCursor next, HttpRequest request) =>
        new ListCursor(next.SeenAt, next.Id).NextOf(request);

    private static UnmatchedCursor? CursorOf(ListCursor cursor) =>
        Identifiers.IsUnmatchedPayment(cursor.Id) ? new UnmatchedCursor(cursor.CreatedAt, cursor.Id) : null;
}
