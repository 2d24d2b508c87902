using System.Diagnostics;

namespace Bleepay.Silo.Telemetry;

/// <summary>
/// Takes from the span of a request what its sender may write at will: a path may hold a secret that belongs into a
/// header. The route says what was asked for, and the spans of grains name what was found.
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
