using System.Net;
using Bleepay.Grains.Sessions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Bleepay.Gateway.Checkout;

/// <summary>The links to the page on which a session is paid.</summary>
internal sealed class CheckoutLinks(IOptions<CheckoutOptions> options)
{
    private readonly string? prefix = options.Value.Prefix;

    /// <summary>
    /// The page's URL. The session's secret is in the fragment, which a browser sends to no server and in no referrer.
    /// </summary>
    /// <returns>Null where no public address is known: without the setting, a loopback address is its own.</returns>
    public string? Of(HttpRequest request, SessionView session, string secret) =>
        (prefix ?? LoopbackOf(request)) is { } start ? $"{start}/pay/{session.WidgetId}/{session.Id}#{secret}" : null;

    /// <summary>A client may send any Host, so a loopback name counts on a loopback connection only.</summary>
    private static string? LoopbackOf(HttpRequest request)
    {
        if (request.HttpContext.Connection.LocalIpAddress is not { } address || !IPAddress.IsLoopback(address))
            return null;
        var host = request.Host.Host;
        if (!host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            && !(IPAddress.TryParse(host, out var named) && IPAddress.IsLoopback(named)))
        {
            return null;
        }

        return request.Host.Port is { } port ? $"{request.Scheme}://{host}:{port}" : $"{request.Scheme}://{host}";
    }
}
