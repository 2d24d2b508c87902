using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Bleepay.Grains;
using Bleepay.Grains.Businesses;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Connections.Security;

namespace Bleepay.Tests.Harness;

/// <summary>A host that reaches a port of a node, and tries to be served as a gateway.</summary>
internal static class Stranger
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(30);

    /// <summary>Asks a grain, as an Orleans client of the same cluster.</summary>
    /// <param name="certificate">What the client shows; null for a client without TLS.</param>
    /// <returns>Null when the grain answered; otherwise why it did not.</returns>
    public static async Task<string?> Refusal(int port, NodeFiles? certificate)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        using var own = certificate is null
            ? null
            : X509Certificate2.CreateFromPemFile(certificate.Certificate, certificate.Key);
        builder.UseOrleansClient(client =>
        {
            client.UseStaticClustering(new IPEndPoint(IPAddress.Loopback, port));
            client.Configure<ClusterOptions>(options => options.ClusterId = options.ServiceId = "bleepay");
            client.Configure<ClientMessagingOptions>(options => options.ResponseTimeout = AnswerWithin);

            // Without a filter the client retries the connection; here the first refusal is the answer.
            client.UseConnectionRetryFilter((_, _) => Task.FromResult(false));
            if (own is not null) client.UseTls(options => Show(own, options));
        });
        using var host = builder.Build();
        try
        {
            await host.StartAsync().WaitAsync(AnswerWithin);
            var business = host.Services.GetRequiredService<IGrainFactory>().GetGrain<IBusinessGrain>("biz_stranger");
            await business.ListWidgets(new Member(["biz_stranger"])).WaitAsync(AnswerWithin);
            return null;
        }
        catch (Exception refused) when (refused is OrleansException or TimeoutException or SocketException)
        {
            return refused.ToString();
        }
    }

    /// <summary>True when the node ends a TLS connection without a certificate before it sends any content.</summary>
    public static async Task<bool> IsShutOutWithoutCertificate(int port)
    {
        using var deadline = new CancellationTokenSource(AnswerWithin);
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, port, deadline.Token);
        await using var tls = new SslStream(connection.GetStream());
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = TestAuthority.NodeName,
                    ApplicationProtocols = [new SslApplicationProtocol("Orleans1")],
#pragma warning disable CA5359 // It is the other side that has to be convinced.
                    RemoteCertificateValidationCallback = (_, _, _, _) => true,
#pragma warning restore CA5359
                },
                deadline.Token);
            return await tls.ReadAsync(new byte[1], deadline.Token) == 0;
        }
        catch (Exception ended) when (ended is IOException or System.Security.Authentication.AuthenticationException)
        {
            return true;
        }
    }

    /// <summary>True when the node ends a connection whose first bytes are those of Orleans without TLS.</summary>
    public static async Task<bool> IsShutOutWithoutTls(int port)
    {
        using var deadline = new CancellationTokenSource(AnswerWithin);
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, port, deadline.Token);
        var stream = connection.GetStream();
        try
        {
            await stream.WriteAsync(new byte[] { 0x20, 0, 0, 0, 0, 0, 0, 0 }, deadline.Token);
            while (await stream.ReadAsync(new byte[256], deadline.Token) is var count && count > 0)
            {
                // An alert of TLS may come first.
            }

            return true;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static void Show(X509Certificate2 own, TlsOptions options)
    {
        options.LocalCertificate = own;
        options.AllowAnyRemoteCertificate();
        options.OnAuthenticateAsClient = (_, authentication) => authentication.TargetHost = TestAuthority.NodeName;
    }
}
