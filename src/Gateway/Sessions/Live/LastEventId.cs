using System.Globalization;
using Bleepay.Grains;
using Microsoft.AspNetCore.Http;

namespace Bleepay.Gateway.Sessions.Live;

/// <summary>The header by which a client sends the last change that it has seen.</summary>
internal static class LastEventId
{
    public const string Header = "Last-Event-ID";

    public static readonly Refusal Unreadable = Refusal.Validation(
        [new FieldError(Header, "must be the id of an event of this session; omit it to start at the current state")]);

    /// <param name="seen">The change's sequence number; null without the header.</param>
    public static bool TryRead(HttpRequest request, out int? seen)
    {
        var isNumber = int.TryParse(
            request.Headers[Header], NumberStyles.None, CultureInfo.InvariantCulture, out var sequence);
        seen = isNumber ? sequence : null;
        return isNumber || request.Headers[Header].Count == 0;
    }
}
