using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace Bleepay.Grains.Webhooks;

/// <summary>
/// Sends one event to one receiver, which is not trusted: with its time, and the bytes that it may answer, bounded, and
/// without following where it points.
/// </summary>
public sealed class WebhookSender : IDisposable
{
    public const int ResponseBodyBytesMax = 4 * 1024;
    public const int ResponseHeadersKilobytesMax = 16;

    /// <summary>For the whole attempt: resolving, connecting, sending, and the answer.</summary>
    public static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan ConnectionIdle = TimeSpan.FromSeconds(30);

    private readonly HttpMessageInvoker http;
    private readonly TimeProvider clock;

    public WebhookSender(WebhookNetwork network, [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider clock)
    {
        this.clock = clock;
        http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectCallback = (context, cancellation) => network.Connect(context.DnsEndPoint, cancellation),
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxResponseHeadersLength = ResponseHeadersKilobytesMax,
            MaxResponseDrainSize = 0,
            PooledConnectionLifetime = ConnectionLifetime,
            PooledConnectionIdleTimeout = ConnectionIdle,

            // Sends no trace context to a receiver.
            ActivityHeadersPropagator = null,
        });
    }

    /// <param name="secrets">Sign the request, the current one first; never empty.</param>
    public async Task<AttemptOutcome> Send(
        Uri url, IReadOnlyList<string> secrets, string eventId, string body, CancellationToken cancellation)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(AttemptTimeout);
        try
        {
            using var request = Request(url, secrets, eventId, Encoding.UTF8.GetBytes(body));
            using var response = await http.SendAsync(request, timeout.Token);
            return new AttemptOutcome(
                (int)response.StatusCode, await Read(response, timeout.Token), RetryAfter(response), null);
        }
        catch (Exception failure) when (FaultOf(failure) is { } fault && !cancellation.IsCancellationRequested)
        {
            return new AttemptOutcome(null, null, null, Explain(fault), fault);
        }
    }

    public void Dispose() => http.Dispose();

    private HttpRequestMessage Request(Uri url, IReadOnlyList<string> secrets, string eventId, byte[] body)
    {
        var at = clock.GetUtcNow();
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        request.Headers.TryAddWithoutValidation("User-Agent", "Bleepay-Webhooks/1");
        request.Headers.Add("X-Platform-Signature", WebhookSignature.Platform(secrets[0], body));
        request.Headers.Add("webhook-id", eventId);
        request.Headers.Add("webhook-timestamp", at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", WebhookSignature.Standard(secrets, eventId, at, body));
        return request;
    }

    /// <summary>
    /// The begin of the answer as text. Whether the event has arrived is settled by the status alone, so an answer that
    /// breaks off here is an answer.
    /// </summary>
    private static async Task<string> Read(HttpResponseMessage response, CancellationToken cancellation)
    {
        var buffer = new byte[ResponseBodyBytesMax];
        var length = 0;
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
            while (length < buffer.Length)
            {
                var read = await stream.ReadAsync(buffer.AsMemory(length), cancellation);
                if (read == 0) break;
                length += read;
            }
        }
        catch (Exception failure) when (FaultOf(failure) is not null)
        {
            // What came until then is kept.
        }

        // No store takes the character 0 in a text.
        return Encoding.UTF8.GetString(buffer, 0, length).Replace('\0', '\uFFFD');
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var header = response.Headers.RetryAfter;
        return header?.Delta ?? (header?.Date is { } date ? date - clock.GetUtcNow() : null);
    }

    /// <summary>Null for a fault that is not the receiver's.</summary>
    private static AttemptFault? FaultOf(Exception failure) => failure switch
    {
        AddressNotAllowedException => AttemptFault.AddressRefused,
        OperationCanceledException => AttemptFault.Timeout,
        AuthenticationException => AttemptFault.Tls,
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } =>
            AttemptFault.Dns,
        SocketException => AttemptFault.Connect,
        HttpRequestException { InnerException: { } inner } when FaultOf(inner) is { } fault => fault,
        HttpRequestException or IOException => AttemptFault.Broken,
        _ => null,
    };

    /// <summary>As the merchant reads it in the list of deliveries.</summary>
    private static string Explain(AttemptFault fault) => fault switch
    {
        AttemptFault.AddressRefused => "The host resolves to an address outside the public internet.",
        AttemptFault.Timeout => $"No answer within {AttemptTimeout.TotalSeconds} seconds.",
        AttemptFault.Tls => "The TLS handshake failed, or the certificate is not valid for the host.",
        AttemptFault.Dns => "The host's name could not be resolved.",
        AttemptFault.Connect => "The host refused the connection.",
        _ => "The connection broke, or the answer was not valid HTTP.",
    };
}
