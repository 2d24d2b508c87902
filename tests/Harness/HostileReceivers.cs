using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Bleepay.Tests.Harness;

/// <summary>
/// Servers that no merchant should have, each on a separate port, which treat every connection the same.
/// </summary>
internal sealed class HostileReceivers : IDisposable
{
    private static readonly X509Certificate2 SelfSigned = MakeCertificate();

    private readonly List<TcpListener> listeners = [];
    private readonly CancellationTokenSource end = new();

    /// <summary>The URL of each.</summary>
    public IReadOnlyDictionary<string, string> Urls { get; }

    public HostileReceivers()
    {
        var loopback = Listen((_, _) => Task.CompletedTask);
        Urls = new Dictionary<string, string>
        {
            ["never answers"] = Http(Listen((_, cancellation) => Task.Delay(Timeout.Infinite, cancellation))),
            ["resets"] = Http(Listen((client, _) =>
            {
                client.LingerState = new LingerOption(true, 0);
                return Task.CompletedTask;
            })),
            ["refuses"] = Http(Listen(Answer("500 Internal Server Error", ""))),
            ["redirects to loopback"] = Http(Listen(Answer(
                "307 Temporary Redirect", $"Location: http://127.0.0.1:{loopback}/\r\n"))),
            ["drips a header"] = Http(Listen(Drip)),
            ["has long headers"] = Http(Listen(Answer("200 OK", $"X-Long: {new string('x', 20_000)}\r\n"))),
            ["never ends its answer"] = Http(Listen(Flood)),
            ["wrong certificate"] = $"https://localhost:{Listen(Tls)}/",
            ["no HTTP"] = Http(Listen((client, cancellation) => Write(client, "220 mail ready\r\n", cancellation))),
        };
    }

    public void Dispose()
    {
        end.Cancel();
        foreach (var listener in listeners) listener.Dispose();
        end.Dispose();
    }

    private static string Http(int port) => $"http://127.0.0.1:{port}/";

    private static Func<TcpClient, CancellationToken, Task> Answer(string status, string headers) =>
        (client, cancellation) => Write(
            client, $"HTTP/1.1 {status}\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n", cancellation);

    private static async Task Drip(TcpClient client, CancellationToken cancellation)
    {
        await Write(client, "HTTP/1.1 200 OK\r\nX-Slow: ", cancellation);
        while (true)
        {
            await Write(client, "x", cancellation);
            await Task.Delay(500, cancellation);
        }
    }

    private static async Task Flood(TcpClient client, CancellationToken cancellation)
    {
        await Write(client, "HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n", cancellation);
        var chunk = "10000\r\n" + new string('x', 65536) + "\r\n";
        while (true) await Write(client, chunk, cancellation);
    }

    private static async Task Tls(TcpClient client, CancellationToken cancellation)
    {
        using var stream = new SslStream(client.GetStream());
        await stream.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions { ServerCertificate = SelfSigned }, cancellation);
        await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), cancellation);
    }

    private static async Task Write(TcpClient client, string text, CancellationToken cancellation) =>
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text), cancellation);

    private int Listen(Func<TcpClient, CancellationToken, Task> treat)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        listeners.Add(listener);
        _ = Accept();
        return ((IPEndPoint)listener.LocalEndpoint).Port;

        async Task Accept()
        {
            while (!end.IsCancellationRequested)
            {
                try
                {
                    _ = Serve(await listener.AcceptTcpClientAsync(end.Token));
                }
                catch (Exception closed) when (closed is OperationCanceledException or SocketException)
                {
                    return;
                }
            }
        }

        async Task Serve(TcpClient client)
        {
            using (client)
            {
                try
                {
                    var request = new byte[8192];
                    if (treat != Tls) _ = await client.GetStream().ReadAsync(request, end.Token);
                    await treat(client, end.Token);
                }
                catch (Exception broken) when (broken is IOException or OperationCanceledException
                    or System.Security.Authentication.AuthenticationException or SocketException)
                {
                    // The sender has had enough of it.
                }
            }
        }
    }

    private static X509Certificate2 MakeCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest(
            "CN=elsewhere.example", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
