using System.Buffers;
using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Connections;
using Orleans.Configuration;
using Orleans.Connections.Security;

namespace Bleepay.Silo.Cluster;

/// <summary>Mutual TLS on the connections between nodes, and from gateways apart to silos.</summary>
internal static class NodeTls
{
    /// <summary>The content type of a handshake and the major version of every TLS (RFC 8446, 5.1).</summary>
    private static ReadOnlySpan<byte> HandshakeRecord => [0x16, 0x03];

    /// <summary>
    /// The two bytes above and the minor version, which is never 0. As the length of an Orleans preamble, which is a
    /// little-endian number, they would be over 65,536, and Orleans takes at most 1,024.
    /// </summary>
    private const int RecognisedBytes = 3;

    public static void UseNodeTls(this ISiloBuilder silo, NodeTlsOptions tls)
    {
        silo.Services.AddNodeCertificates();
        silo.Services.AddOptions<SiloConnectionOptions>().Configure<NodeCertificates>((connections, certificates) =>
        {
            connections.ConfigureSiloInboundConnection(inbound => inbound.AcceptTls(tls, certificates));
            connections.ConfigureGatewayInboundConnection(inbound => inbound.AcceptTls(tls, certificates));
            if (tls.Connects)
                connections.ConfigureSiloOutboundConnection(outbound => outbound.UseClientTls(For(tls, certificates)));
        });
    }

    public static void UseNodeTls(this IClientBuilder client, NodeTlsOptions tls)
    {
        client.Services.AddNodeCertificates();
        if (!tls.Connects) return;
        client.Services.AddOptions<ClientConnectionOptions>().Configure<NodeCertificates>((connections, certificates) =>
            connections.ConfigureConnection(outbound => outbound.UseClientTls(For(tls, certificates))));
    }

    private static void AddNodeCertificates(this IServiceCollection services)
    {
        services.AddSingleton<NodeCertificates>();
        services.AddHostedService(provider => provider.GetRequiredService<NodeCertificates>());
    }

    private static void AcceptTls(this IConnectionBuilder inbound, NodeTlsOptions tls, NodeCertificates certificates)
    {
        var options = For(tls, certificates);
        if (tls.IsRequired) inbound.UseServerTls(options);
        else inbound.Use(next => AcceptBoth(inbound.ApplicationServices, options, next));
    }

    /// <summary>Plaintext and TLS on one port, distinguished by the first bytes that a connection sends.</summary>
    private static ConnectionDelegate AcceptBoth(
        IServiceProvider services, TlsOptions options, ConnectionDelegate plain)
    {
        var branch = new ConnectionBuilder(services);
        branch.UseServerTls(options);
        branch.Use(_ => plain);
        var secure = branch.Build();
        return async connection =>
        {
            var isTls = await BeginsWithHandshake(connection, options.HandshakeTimeout);
            await (isTls ? secure : plain)(connection);
        };
    }

    private static async Task<bool> BeginsWithHandshake(ConnectionContext connection, TimeSpan timeout)
    {
        using var deadline = new CancellationTokenSource(timeout);
        await using var abort = deadline.Token.UnsafeRegister(
            static state => ((ConnectionContext)state!).Abort(), connection);
        while (true)
        {
            var read = await connection.Transport.Input.ReadAsync();
            var isEnough = read.Buffer.Length >= RecognisedBytes || read.IsCompleted || read.IsCanceled;
            var isTls = isEnough && IsHandshake(read.Buffer);

            // Nothing is consumed, and what is marked as examined would have to be followed by more.
            connection.Transport.Input.AdvanceTo(read.Buffer.Start, isEnough ? read.Buffer.Start : read.Buffer.End);
            if (isEnough) return isTls;
        }
    }

    private static bool IsHandshake(ReadOnlySequence<byte> bytes)
    {
        if (bytes.Length < RecognisedBytes) return false;
        Span<byte> first = stackalloc byte[RecognisedBytes];
        bytes.Slice(0, RecognisedBytes).CopyTo(first);
        return first[..^1].SequenceEqual(HandshakeRecord) && first[^1] != 0;
    }

    private static TlsOptions For(NodeTlsOptions tls, NodeCertificates certificates) => new()
    {
        SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        RemoteCertificateMode = RemoteCertificateMode.RequireCertificate,
        ClientCertificateMode = RemoteCertificateMode.RequireCertificate,
        RemoteCertificateValidation = (certificate, _, errors) =>
            errors == SslPolicyErrors.None && certificates.Current.IsOfNode(certificate),

        // What has no certificate is refused when connections are set up. Each handshake takes the current one below.
        LocalCertificate = certificates.Current.Leaf,
        OnAuthenticateAsServer = (_, authentication) =>
        {
            var current = certificates.Current;
            authentication.ServerCertificateSelectionCallback = null;
            var options = (SslServerAuthenticationOptions)authentication.SslServerAuthenticationOptions;
            options.ServerCertificateContext = current.Context;
            options.CertificateChainPolicy = current.Policy();

            // A resumed session would carry on what an earlier CA had vouched for.
            options.AllowTlsResume = false;
        },
        OnAuthenticateAsClient = (_, authentication) =>
        {
            var current = certificates.Current;
            authentication.TargetHost = tls.Name;
            var options = (SslClientAuthenticationOptions)authentication.SslClientAuthenticationOptions;
            options.ClientCertificates = null;
            options.ClientCertificateContext = current.Context;
            options.CertificateChainPolicy = current.Policy();
            options.AllowTlsResume = false;
        },
    };
}
