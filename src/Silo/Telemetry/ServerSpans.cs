using System.Diagnostics;

namespace Bleepay.Silo.Telemetry;

/// <summary>
/// Takes from the span of a request what its sender may write at will: a path may hold a secret that belongs into a
/// header. The route names the request, and the spans of grains name the objects.
/// </summary>
internal static class ServerSpans
{
    private static readonly string[] FreeText =
    [
        "url.path", "url.query", "user_agent.original", "http.request.method_original", "server.address", "server.port",
        "client.address",
    ];

    public static void Redact(Activity span)
    {
        foreach (var attribute in FreeText) span.SetTag(attribute, null);
    }
}
