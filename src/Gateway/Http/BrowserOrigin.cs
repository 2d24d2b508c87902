using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;

namespace Bleepay.Gateway.Http;

/// <summary>Which page a request comes from, by the header that browsers set and pages can't forge.</summary>
internal static class BrowserOrigin
{
    /// <summary>
    /// The host in lower case, without port; empty for an origin without a host, such as <c>null</c> of a
    /// sandboxed frame; null when no browser has sent the request.
    /// </summary>
    public static string? HostOf(HttpRequest request) =>
        request.Headers.Origin is { Count: > 0 } origin ? HostOf(origin.ToString()) : null;

    /// <param name="origin">The header's value.</param>
    [SuppressMessage("Globalization", "CA1308:Normalize strings to uppercase",
        Justification = "Host names are written in lower case (RFC 3986 §3.2.2).")]
    public static string HostOf(string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var url) && IsOrigin(url) ? url.Host.ToLowerInvariant() : "";

    /// <summary>What a browser sends is a scheme, a host and a port (RFC 6454 §6.2), and nothing else.</summary>
    private static bool IsOrigin(Uri url) =>
        (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp)
        && url.UserInfo.Length == 0
        && url.PathAndQuery == "/"
        && url.Fragment.Length == 0;
}
